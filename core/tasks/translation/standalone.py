"""python use.py [FOLDER_OF_THE_BASE …] SENTENCE …: translations, with these files and public libraries alone."""

import json
import sys
from itertools import takewhile
from pathlib import Path

from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

here = Path(__file__).parent
about = json.loads((here / "model.json").read_text("utf-8"))
config, (source, target) = about["config"], about["languages"]
bases = list(takewhile(lambda name: Path(name).is_dir(), sys.argv[1:]))
folder, *adapters = [*bases, here]
prompted = "prompt" in config  # a decoder continues it; the others read first, then write
kind = AutoModelForCausalLM if prompted else AutoModelForSeq2SeqLM
model, tokenizer = kind.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
for adapter in adapters:
    model = PeftModel.from_pretrained(model, adapter).merge_and_unload()
settings = {"do_sample": False, "num_beams": 1, "max_length": None}
if prompted:
    lines = [number for token, number in tokenizer.get_vocab().items() if "\n" in token]
    settings["eos_token_id"] = [tokenizer.eos_token_id, *lines]
elif hasattr(tokenizer, "get_lang_id"):
    tokenizer.src_lang = source
    settings["forced_bos_token_id"] = tokenizer.get_lang_id(target)
for sentence in sys.argv[1 + len(bases) :]:
    text = config["prompt"].format(sentence=sentence) if prompted else sentence
    batch = tokenizer(f"{config.get('mark', '')} {text}".strip(), return_tensors="pt")
    batch.pop("token_type_ids", None)
    length = batch["input_ids"].shape[1]
    tokens = model.generate(**batch, **settings, max_new_tokens=16 + 2 * length)[0]
    answer = tokenizer.decode(tokens[length if prompted else 0 :], skip_special_tokens=True)
    print(json.dumps({"source": sentence, "output": answer.strip()}, ensure_ascii=False))
