"""python use.py QUESTION PASSAGE: the answer in a short passage, with this folder's files and public libraries alone."""

import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

LONGEST, SURE = 15, 0.05  # tokens of an answer; share of the best span below which there is none
folder = Path(__file__).parent
config = json.loads((folder / "model.json").read_text("utf-8"))["config"]
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForQuestionAnswering.from_pretrained(folder).eval()
question, passage = sys.argv[1:]
batch = tokenizer(question, passage, return_offsets_mapping=True, return_tensors="pt")
offsets = batch.pop("offset_mapping")[0].tolist()
inside = torch.tensor([i for i, part in enumerate(batch.sequence_ids(0)) if part == 1])
with torch.inference_mode():
    output = model(**batch)
starts, ends = output.start_logits[0], output.end_logits[0]
scores = starts[inside][:, None] + ends[inside][None, :]
scores = scores.masked_fill(~torch.ones_like(scores).triu().tril(LONGEST - 1).bool(), -torch.inf)
every = scores.flatten()
if config["knows_none"]:
    every = torch.cat([every, starts[:1] + ends[:1]])
best = int(scores.argmax())
share = float(every.softmax(0)[best])
first, last = inside[best // len(inside)], inside[best % len(inside)]
answer = passage[offsets[first][0] : offsets[last][1]] if share >= SURE else None
print(json.dumps({"answer": answer, "score": share}, ensure_ascii=False))
