"""The formats in which boxes come and go as files: YOLO's text files, and COCO's JSON."""
