"""The class names of COCO, in English. Detectors number them 1–90 with gaps; 80 are in use."""

from __future__ import annotations

BY_ID = tuple(
    """\
background|person|bicycle|car|motorcycle|airplane|bus|train|truck|boat
traffic light|fire hydrant||stop sign|parking meter|bench|bird|cat|dog|horse
sheep|cow|elephant|bear|zebra|giraffe||backpack|umbrella|
|handbag|tie|suitcase|frisbee|skis|snowboard|sports ball|kite|baseball bat
baseball glove|skateboard|surfboard|tennis racket|bottle||wine glass|cup|fork|knife
spoon|bowl|banana|apple|sandwich|orange|broccoli|carrot|hot dog|pizza
donut|cake|chair|couch|potted plant|bed||dining table||
toilet||tv|laptop|mouse|remote|keyboard|cell phone|microwave|oven
toaster|sink|refrigerator||book|clock|vase|scissors|teddy bear|hair drier
toothbrush""".replace("\n", "|").split("|")
)
"""Index = COCO's own id; "" where the id was never used."""

CLASSES = tuple(name for name in BY_ID[1:] if name)
"""The 80 classes in COCO's order, which is also the order in which YOLO numbers them from 0."""
