"""The same answer with the libraries alone: shown on the page, run by the tests, and the baseline of the
benchmark. `MODEL` is the entry whose weights folders `build` gets."""

from __future__ import annotations

from core.tasks.translation.families.decoder import parallel

MODEL = "gemma-3-270m"


def build(folders):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(folders[0], dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folders[0], padding_side="left")
    newline = [number for token, number in tokenizer.get_vocab().items() if "\n" in token]
    shown = "".join(f"French: {a}\nEnglish: {b}\n\n" for a, b in parallel("fr", "en")[:3])

    def translate(sentences):
        prompts = [f"{shown}French: {sentence}\nEnglish:" for sentence in sentences]
        batch = tokenizer(prompts, return_tensors="pt", padding=True)
        with torch.inference_mode():
            out = model.generate(**batch, max_new_tokens=64, do_sample=False, eos_token_id=newline)
        texts = tokenizer.batch_decode(out[:, batch["input_ids"].shape[1] :], True)
        return [text.strip() for text in texts]

    return translate
