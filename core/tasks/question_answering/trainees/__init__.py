"""How readers are trained: an encoder marks answers, a decoder writes them."""
