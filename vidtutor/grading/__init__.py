"""Marking what students hand in, on the teacher's machine: `python -m vidtutor grade`, in book/teach/guide.md."""
