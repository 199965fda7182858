"""Entry point of the learner image: ``python main.py PROJECT_ID MQTT_IP OBSERVER_IP AGGREGATOR_IP [DATA_TAGS_CSV]``."""

from __future__ import annotations

from pathlib import Path

from fedbake_actors.start import start

if __name__ == "__main__":
    start("learner", Path(__file__).resolve().parent)
