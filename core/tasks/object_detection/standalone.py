"""python use.py IMAGE …: the boxes in images, with this folder's files and ultralytics alone."""

import json
import sys
from pathlib import Path

from safetensors.torch import load_file
from ultralytics import YOLO
from ultralytics.nn.tasks import DetectionModel

folder = Path(__file__).parent
sys.path.insert(0, str(folder))
import pixels  # noqa: E402 (the file beside this one)

config = json.loads((folder / "model.json").read_text("utf-8"))["config"]
network = DetectionModel(f"{config['architecture']}.yaml", nc=len(config["labels"]), verbose=False)
state = {name: value.float() for name, value in load_file(folder / "model.safetensors").items()}
network.load_state_dict({**network.state_dict(), **state})
network.names = dict(enumerate(config["labels"]))
model = YOLO(f"{config['architecture']}.yaml", task="detect", verbose=False)
model.model = network.eval()
for name in sys.argv[1:]:
    (result,) = model.predict(pixels.load(name), imgsz=config["size"], verbose=False)
    print(json.dumps([[result.names[int(c)], s, box] for *box, s, c in result.boxes.data.tolist()]))
