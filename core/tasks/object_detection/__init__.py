"""Object detection: where are the things in a picture, and what are they?"""
