"""The line, without the portal: python use.py X"""

import sys

from safetensors.torch import load_file

line = load_file("model.safetensors")
print(float(line["weight"]) * float(sys.argv[1]) + float(line["bias"]))
