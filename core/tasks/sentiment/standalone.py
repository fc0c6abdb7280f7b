"""python use.py [FOLDER_OF_THE_BASE …] TEXT …: labels of texts, with this folder's files and public libraries alone."""

import json
import sys
from pathlib import Path

import torch
from peft import PeftModel
from safetensors.torch import load_file
from torch import nn
from transformers import AutoModel, AutoTokenizer

here, texts = Path(__file__).parent, sys.argv[1:]
about = json.loads((here / "model.json").read_text("utf-8"))
config, folders = about["config"], []
while about["needs_base"] and texts and Path(texts[0]).is_dir():
    folders.append(Path(texts.pop(0)))
folders.append(here)
tokenizer = AutoTokenizer.from_pretrained(folders[0])
if shape := config.get("shape"):
    state = load_file(here / "recurrent.safetensors")
    kinds = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
    sizes = shape["embedding"], shape["units"], shape["layers"]
    cells = kinds[shape["cell"]](*sizes, batch_first=True, bidirectional=shape["bidirectional"])
    cells.load_state_dict({k[6:]: v for k, v in state.items() if k.startswith("cells.")})
else:
    encoder = AutoModel.from_pretrained(folders[0])
    encoder.pooler = None
    for folder in folders[1:]:
        if (folder / "adapter_config.json").exists():
            encoder = PeftModel.from_pretrained(encoder, folder).merge_and_unload()
    encoder.eval()
head = load_file(here / "head.safetensors")


def features(numbers: torch.Tensor) -> torch.Tensor:
    if not shape:
        return encoder(numbers).last_hidden_state.mean(1)
    states, _ = cells(state["embedding.weight"][numbers])
    scores = states.tanh() @ state["attention.weight"].T + state["attention.bias"]
    return (states * scores.softmax(1)).sum(1)


for text in texts:
    cut = {"truncation": True, "max_length": config["window"]}
    numbers = tokenizer(text, return_tensors="pt", **cut)["input_ids"]
    with torch.inference_mode():
        logits = nn.functional.linear(features(numbers), head["weight"], head["bias"])
    scores = logits.softmax(1)[0].tolist()
    print(json.dumps(dict(zip(config["labels"], scores, strict=True)), ensure_ascii=False))
