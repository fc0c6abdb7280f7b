"""The files of a model that somebody else made, checked before any library reads them.

    files.py        which files are taken, and how large each may be
    tensors.py      the header of a safetensors file
    networks.py     config.json of transformers and adapter_config.json of peft, against the tensors
    tokenizers.py   tokenizer.json and its companions: known steps only
    pieces.py       sentencepiece models

What passes is still loaded and asked once in a process of its own (`core.tasks.trial`): libraries have faults too.
"""
