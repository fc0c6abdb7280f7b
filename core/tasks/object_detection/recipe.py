"""The same answer with the libraries alone: shown on the page, run by the tests, and the baseline of the
benchmark. `MODEL` is the entry whose weights folders `build` gets."""

from __future__ import annotations

MODEL = "ssd-mobilenet-v2"


def build(folders):
    import cv2
    import numpy as np

    graph, layers = next(folders[0].glob("*.pb")), next(folders[0].glob("*.pbtxt"))
    network = cv2.dnn.readNetFromTensorflow(str(graph), str(layers))

    def detect(images):
        found = []
        for image in images:
            network.setInput(cv2.dnn.blobFromImage(np.asarray(image), size=(300, 300)))
            _, classes, scores, *corners = network.forward()[0, 0].T
            boxes = np.stack(corners, 1) * (image.size * 2)  # fractions to pixels
            keep = scores > 0.35
            found.append((classes[keep].astype(int), scores[keep], boxes[keep]))
        return found

    return detect
