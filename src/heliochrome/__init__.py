"""heliochrome: bring historical photographs back to color, to size and to style, honestly."""

import os

__version__ = "0.1.0"

# ONNX Runtime keeps a device id and records of its use unless it is told not to before it is
# imported. Nothing that archives and families do with their pictures is ours to record.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
