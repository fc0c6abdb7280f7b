"""Question answering: where in a passage is the answer to a question?"""
