"""The one import of kafka-python.

It loads its schemas by a call that Python 3.11 and 3.12 announce as deprecated (3.13 took that
back), which would be an error wherever warnings are errors.
"""

import logging
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
    from kafka.admin import OffsetSpec
    from kafka.errors import (
        InvalidRecordError,
        KafkaError,
        KafkaTimeoutError,
        MessageSizeTooLargeError,
        RecordListTooLargeError,
        TopicAlreadyExistsError,
    )
    from kafka.producer.future import FutureRecordMetadata
    from kafka.producer.producer_batch import FinalState, ProducerBatch
    from kafka.record.default_records import DefaultRecordBatchBuilder
    from kafka.record.memory_records import MemoryRecords, MemoryRecordsBuilder

# The client reports every attempt to reconnect; the relay says once what matters.
logging.getLogger("kafka").setLevel(logging.CRITICAL)

__all__ = [
    "DefaultRecordBatchBuilder",
    "FinalState",
    "FutureRecordMetadata",
    "InvalidRecordError",
    "KafkaAdminClient",
    "KafkaConsumer",
    "KafkaError",
    "KafkaProducer",
    "KafkaTimeoutError",
    "MemoryRecords",
    "MemoryRecordsBuilder",
    "MessageSizeTooLargeError",
    "OffsetSpec",
    "ProducerBatch",
    "RecordListTooLargeError",
    "TopicAlreadyExistsError",
    "TopicPartition",
]
