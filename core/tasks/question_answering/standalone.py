"""python use.py [FOLDER_OF_THE_BASE …] QUESTION PASSAGE: the answer in a short passage, with these files and public libraries alone."""

import json
import re
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoModelForQuestionAnswering, AutoTokenizer

LONGEST, LEAST = (
    15,
    0.05,
)  # tokens of an answer; probability of the best span below which there is none
PLACES = 16  # where the decoder's answers may begin, those with the likeliest first tokens
WORD = r"[^\W_\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]+|\S"
REMOVED = re.compile(r"\r(?=\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
here = Path(__file__).parent
config = json.loads((here / "model.json").read_text("utf-8"))["config"]
*bases, question, given = sys.argv[1:]
# the model reads no control characters; `places` are those of what stays in the passage as given
gone = {match.start() for match in REMOVED.finditer(given)}
places = [i for i in range(len(given)) if i not in gone]
passage = REMOVED.sub("", given).replace("\r", "\n")
folders = [*map(Path, bases), here]
tokenizer = AutoTokenizer.from_pretrained(folders[0])


def by_encoder():
    """Spans (start, end), their log scores, and that of there being no answer."""
    model = AutoModelForQuestionAnswering.from_pretrained(here).eval()
    batch = tokenizer(question, passage, return_offsets_mapping=True, return_tensors="pt")
    offsets = batch.pop("offset_mapping")[0].tolist()
    inside = [i for i, part in enumerate(batch.sequence_ids(0)) if part == 1]
    output = model(**batch)
    starts, ends = output.start_logits[0], output.end_logits[0]
    pairs = [(i, j) for number, i in enumerate(inside) for j in inside[number : number + LONGEST]]
    spans = [(offsets[i][0], offsets[j][1]) for i, j in pairs]
    return spans, [starts[i] + ends[j] for i, j in pairs], starts[0] + ends[0]


def by_decoder():
    """The same: it writes an answer and a new line, or the new line at once."""
    from peft import PeftModel

    model = AutoModelForCausalLM.from_pretrained(folders[0], dtype=torch.float32).eval()
    for folder in folders[1:]:
        if (folder / "adapter_config.json").exists():
            model = PeftModel.from_pretrained(model, folder).merge_and_unload()
    stops = [number for token, number in tokenizer.get_vocab().items() if "\n" in token]
    stops = sorted({tokenizer.eos_token_id, *stops})
    prompt = config["prompt"].format(passage=passage, question=question)
    given = [tokenizer.bos_token_id, *tokenizer.encode(prompt, add_special_tokens=False)]
    first = model(torch.tensor([given]), logits_to_keep=1).logits[0, -1].log_softmax(0)
    words, blank, runs = list(re.finditer(WORD, passage)), config["blank"], []
    for at in (word.start() for word in words):
        encoded = tokenizer(
            blank + passage[at:], add_special_tokens=False, return_offsets_mapping=True
        )
        ends = [at + end - len(blank) for _, end in encoded["offset_mapping"]]
        runs.append((at, encoded["input_ids"][:LONGEST], ends))
    runs = sorted(runs, key=lambda run: -first[run[1][0]])[:PLACES]
    rows = [given + run + [stops[0]] * (LONGEST - len(run)) for _, run, _ in runs]
    following = model(torch.tensor(rows), logits_to_keep=LONGEST + 1).logits.log_softmax(2)
    may_end, spans, scores = {word.end() for word in words}, [], []
    for (at, run, ends), logs in zip(runs, following, strict=True):
        total = 0.0
        for i, (token, end) in enumerate(zip(run, ends, strict=False)):
            total = total + logs[i, token]
            if end > at and end in may_end:
                spans.append((at, end))
                scores.append(total + logs[i + 1, stops].logsumexp(0))
    return spans, scores, first[stops].logsumexp(0)


with torch.inference_mode():
    spans, scores, none = by_decoder() if config["reader"] == "decoder" else by_encoder()
chances = torch.stack([*scores, none] if config["knows_none"] else scores).softmax(0)
best = int(chances[: len(spans)].argmax())
start, end = spans[best]
found = {"answer": passage[start:end], "start": places[start], "end": places[end - 1] + 1}
score = float(chances[best])
shown = found if score >= LEAST else dict.fromkeys(found)
print(json.dumps({**shown, "score": score}, ensure_ascii=False))
