"""Both families from files in their real formats to finished images."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from core import tasks
from core.errors import CancelledError, IntegrityError, NotReadyError, TimeLimitError
from core.models import weights
from core.progress import Progress
from core.tasks.face_generation.catalog import DCGAN, DDPM
from core.tasks.face_generation.families.diffusion import SCHEDULERS, STAGES
from core.tasks.face_generation.latent import LatentPoint, between
from core.tasks.face_generation.options import FaceOptions


def generate(model, points, progress=None, **options):
    return tasks.predict(
        "face_generation",
        points,
        FaceOptions(**options),
        model=model.id,
        device="cpu",
        progress=progress,
    )


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(png)))


def test_gan_generates_64_pixel_faces(gan):
    (face,) = generate(DCGAN, [LatentPoint(1)])
    assert pixels(face.png).shape == (64, 64, 3)


def test_gan_gives_the_same_face_alone_and_in_a_batch(gan):
    (alone,) = generate(DCGAN, [LatentPoint(20)])
    batch = generate(DCGAN, [LatentPoint(seed) for seed in range(24)])
    assert batch[20].png == alone.png


def test_gan_output_is_the_networks_own(gan):
    """Against the tensors as the PyTorch tutorial's generator would use them."""
    from torch import nn

    state = torch.load(gan / "weights.tar", weights_only=True)["netG_state_dict"]
    z = torch.randn(1, 100, 1, 1, generator=torch.Generator().manual_seed(4))
    for i in range(0, 13, 3):
        stride, padding = (1, 0) if i == 0 else (2, 1)
        z = nn.functional.conv_transpose2d(z, state[f"main.{i}.weight"], None, stride, padding)
        if i < 12:
            norm = [state[f"main.{i + 1}.{n}"] for n in ("running_mean", "running_var")]
            affine = [state[f"main.{i + 1}.{n}"] for n in ("weight", "bias")]
            z = nn.functional.batch_norm(z, *norm, *affine).relu()
    expected = ((z.tanh()[0] + 1) * 127.5).permute(1, 2, 0).numpy()
    (face,) = generate(DCGAN, [LatentPoint(4)])
    assert np.abs(pixels(face.png) - expected).max() <= 0.51


def test_truncation_scales_the_latent_vector(gan):
    (narrow,), (wide,) = (generate(DCGAN, [LatentPoint(1)], truncation=t) for t in (0.5, 1.5))
    assert pixels(narrow.png).std() < pixels(wide.png).std()


def test_interpolation_begins_and_ends_with_the_two_faces(gan):
    first, second = generate(DCGAN, [LatentPoint(2), LatentPoint(5)])
    walk = generate(DCGAN, between(2, 5, 7))
    assert np.array_equal(pixels(walk[0].png), pixels(first.png))
    assert np.array_equal(pixels(walk[-1].png), pixels(second.png))


def test_json_has_the_seed_and_not_the_image(gan):
    (face,) = generate(DCGAN, [LatentPoint(3)])
    assert set(face.as_json()) == {"seed", "model", "device", "ms"}
    assert face.as_json()["seed"] == 3


def test_metadata_tells_both_seeds_of_a_mixture(gan):
    (face,) = generate(DCGAN, [LatentPoint(2, other=9, mix=0.25)])
    assert Image.open(BytesIO(face.png)).text["Seed"] == "2, 25% of the way to 9"


def test_gan_is_cancelled_between_batches(gan):
    progress = Progress()
    progress.report = lambda done, total, note: done >= 16 and progress.cancelled.set()
    with pytest.raises(CancelledError):
        generate(DCGAN, [LatentPoint(seed) for seed in range(40)], progress)


def test_missing_weights_are_named(data):
    with pytest.raises(NotReadyError, match="dcgan-digiface"):
        generate(DCGAN, [LatentPoint(0)])


@pytest.mark.parametrize("content", [b"not a checkpoint", b""])
def test_damaged_gan_is_refused(gan, content):
    (gan / "weights.tar").write_bytes(content)
    weights.seal(DCGAN.weights[0])
    with pytest.raises(IntegrityError, match=r"weights\.tar is damaged"):
        generate(DCGAN, [LatentPoint(0)])


@pytest.mark.parametrize(
    "content",
    [
        {"weight": torch.ones(3)},
        {"netG_state_dict": torch.ones(3)},
        {"netG_state_dict": {"main.0.weight": 3}},
    ],
)
def test_another_checkpoint_is_no_gan(gan, content):
    torch.save(content, gan / "weights.tar")
    weights.seal(DCGAN.weights[0])
    with pytest.raises(IntegrityError, match="do not fit"):
        generate(DCGAN, [LatentPoint(0)])


def test_gan_with_a_missing_tensor_is_refused(gan):
    state = torch.load(gan / "weights.tar", weights_only=True)
    del state["netG_state_dict"]["main.4.running_var"]
    torch.save(state, gan / "weights.tar")
    weights.seal(DCGAN.weights[0])
    with pytest.raises(IntegrityError):
        generate(DCGAN, [LatentPoint(0)])


@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize("steps", [2, 12])
def test_every_scheduler_generates_a_face(ddpm, scheduler, steps):
    (face,) = generate(DDPM, [LatentPoint(1)], scheduler=scheduler, steps=steps)
    assert pixels(face.png).shape == (16, 16, 3)


@pytest.mark.parametrize("scheduler", ["ddpm", "dpm-solver"])
def test_diffusion_gives_the_same_face_alone_and_beside_others(ddpm, scheduler):
    (alone,) = generate(DDPM, [LatentPoint(5)], scheduler=scheduler, steps=4)
    batch = generate(DDPM, [LatentPoint(4), LatentPoint(5)], scheduler=scheduler, steps=4)
    assert batch[1].png == alone.png


def test_ddim_equals_the_librarys_own_pipeline(ddpm):
    from diffusers import DDIMPipeline, DDIMScheduler, UNet2DModel

    network = UNet2DModel.from_pretrained(ddpm, use_safetensors=False)
    pipeline = DDIMPipeline(network, DDIMScheduler.from_pretrained(ddpm))
    pipeline.set_progress_bar_config(disable=True)
    generator = torch.Generator().manual_seed(8)
    (expected,) = pipeline(generator=generator, num_inference_steps=6, output_type="np").images
    (face,) = generate(DDPM, [LatentPoint(8)], scheduler="ddim", steps=6)
    assert np.abs(pixels(face.png) - 255 * expected).max() <= 1


def test_every_denoising_step_is_shown(ddpm):
    seen = []
    generate(DDPM, [LatentPoint(1)], Progress(preview=seen.append), scheduler="ddim", steps=12)
    assert len(seen) == 12
    assert seen[0][0].size == (16, 16)


def test_the_way_from_noise_to_face_is_kept(ddpm):
    (face,) = generate(DDPM, [LatentPoint(1)], scheduler="ddim", steps=20)
    assert len(face.stages) == STAGES
    assert len({*face.stages, face.png}) == STAGES + 1


def test_diffusion_is_cancelled_between_steps(ddpm):
    progress, done = Progress(), []
    progress.preview = lambda images: (done.append(1), progress.cancelled.set())
    with pytest.raises(CancelledError):
        generate(DDPM, [LatentPoint(1)], progress, steps=50)
    assert len(done) == 1


def test_diffusion_stops_at_the_time_limit(ddpm):
    generate(DDPM, [LatentPoint(1)], steps=2)  # loaded before the clock runs
    with pytest.raises(TimeLimitError):
        generate(DDPM, [LatentPoint(1)], Progress(seconds=0.3), scheduler="ddpm", steps=1000)


def test_safetensors_are_read_too(ddpm):
    from diffusers import UNet2DModel

    (before,) = generate(DDPM, [LatentPoint(1)], steps=3)
    network = UNet2DModel.from_pretrained(ddpm, use_safetensors=False)
    (ddpm / "diffusion_pytorch_model.bin").unlink()
    network.save_pretrained(ddpm)
    weights.seal(DDPM.weights[0])
    tasks.pool.drop(DDPM.id)
    (after,) = generate(DDPM, [LatentPoint(1)], steps=3)
    assert after.png == before.png


def test_diffusion_with_missing_tensors_is_refused(ddpm):
    path = ddpm / "diffusion_pytorch_model.bin"
    state = torch.load(path, weights_only=True)
    del state["conv_out.bias"]
    torch.save(state, path)
    weights.seal(DDPM.weights[0])
    with pytest.raises(IntegrityError, match="missing"):
        generate(DDPM, [LatentPoint(0)])


@pytest.mark.parametrize("file", ["config.json", "diffusion_pytorch_model.bin"])
def test_damaged_diffusion_is_refused(ddpm, file):
    (ddpm / file).write_bytes(b"{ damaged")
    weights.seal(DDPM.weights[0])
    with pytest.raises(IntegrityError, match="fetch again"):
        generate(DDPM, [LatentPoint(0)])


@pytest.mark.starters
def test_starter_generates_the_faces_of_the_recipe(starters):
    from core.tasks.face_generation import recipe

    points = tasks.find("face_generation").prediction.examples()
    bare = recipe.build(weights.require(DCGAN))(points)
    ours = generate(DCGAN, points)
    for one, other in zip(ours, bare, strict=True):
        assert np.array_equal(pixels(one.png), pixels(other))


@pytest.mark.starters
def test_starter_generates_faces_of_skin_and_shadow(starters):
    """Not noise: neighbouring pixels are alike, and faces differ from each other."""
    faces = np.stack([pixels(f.png) for f in generate(DCGAN, [LatentPoint(s) for s in range(8)])])
    faces = faces.astype(float)
    assert np.abs(np.diff(faces, axis=2)).mean() < 15
    assert faces.std(axis=0).mean() > 25
