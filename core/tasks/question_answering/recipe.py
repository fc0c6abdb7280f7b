"""The same answer with the libraries alone: shown on the page, run by the tests, and the baseline of the
benchmark. `MODEL` is the entry whose weights folders `build` gets."""

from __future__ import annotations

from core.tasks.question_answering.families.prompts import ENGLISH

MODEL = "gemma-3-270m-reader"


def build(folders):
    import re

    import torch
    from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

    gemma, minilm = (AutoTokenizer.from_pretrained(folder) for folder in folders)
    model = AutoModelForCausalLM.from_pretrained(folders[0], dtype=torch.float32).eval()
    encoder = AutoModel.from_pretrained(folders[1]).eval()
    stops = [i for token, i in gemma.get_vocab().items() if "\n" in token]

    def alike(question, sentences):
        batch = minilm([question, *sentences], padding=True, return_tensors="pt")
        mask = batch["attention_mask"].unsqueeze(2)
        mean = (encoder(**batch).last_hidden_state * mask).sum(1) / mask.sum(1)
        unit = torch.nn.functional.normalize(mean, dim=1)
        return unit[1:] @ unit[0]

    def read(passage, question):
        sentences = re.split(r"(?<=[.!?])\s+", passage)
        runs = []  # (bonus of the sentence, tokens of the words from here on)
        for bonus, sentence in zip(6 * alike(question, sentences), sentences, strict=True):
            words = sentence.rstrip(".!?").split(" ")
            texts = [" " + " ".join(words[i:]) for i in range(len(words))]
            tokens = gemma(texts, add_special_tokens=False)["input_ids"]
            runs += [(bonus, row[:15]) for row in tokens]
        prompt = f"{ENGLISH.examples}Passage: {passage}\nQuestion: {question}\nAnswer:"
        start = model(**gemma(prompt, return_tensors="pt"), logits_to_keep=1)
        first = start.logits[0, -1].log_softmax(0)
        runs = sorted(runs, key=lambda run: -first[run[1][0]] - run[0])[:8]
        rows = [row + [stops[0]] * (15 - len(row)) for _, row in runs]
        cache = start.cache
        cache.batch_repeat_interleave(len(runs))
        after = model(torch.tensor(rows), cache=cache).logits.log_softmax(2)
        best = (-torch.inf, "")
        for (bonus, row), next_ in zip(runs, after, strict=True):
            score = bonus + first[row[0]]
            for i in range(len(row)):
                score = score + 0.6
                answer = gemma.decode(row[: i + 1]).strip()
                whole = re.search(rf"{re.escape(answer)}(?!\w)", passage)
                if whole and answer[-1:].isalnum():
                    best = max(best, (float(score + next_[i, stops].logsumexp(0)), answer))
                if i + 1 < len(row):
                    score = score + next_[i, row[i + 1]]
        return best

    def answer(questions):
        with torch.inference_mode():
            return [read(question.passage, question.text) for question in questions]

    return answer
