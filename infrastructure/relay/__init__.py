"""The way out to downstream systems: facts as CloudEvents on Kafka topics."""
