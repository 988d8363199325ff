#!/usr/bin/env python3
"""An executor in Python: takes tasks from `task_queue`, runs handlers, publishes results. Needs a Kafka client only.

    pip install confluent-kafka        (Debian: apt install python3-confluent-kafka)
    ORCHESTRATOR_KAFKA_BOOTSTRAP_SERVERS=localhost:9092 python3 executor.py

What it promises: a task is committed only after its result was delivered, so a task whose executor dies is delivered
again. Results go to partition `lane`, as the task message says. It runs one task at a time; start more for more.
EXECUTOR_POOLS names the pools it serves (default: `default`).
"""
import json, os, signal, time
from confluent_kafka import Consumer, KafkaError, Producer

SERVERS = os.environ.get("ORCHESTRATOR_KAFKA_BOOTSTRAP_SERVERS", "localhost:9092")
PREFIX = os.environ.get("ORCHESTRATOR_TOPIC_PREFIX", "")
POOLS = os.environ.get("EXECUTOR_POOLS", "default").split(",")
TOPICS = [PREFIX + ("task_queue" if pool == "default" else f"task_queue.{pool}") for pool in POOLS]
WORKER = f"python-{os.getpid()}"


class Retry(Exception):
    """Raised by a handler whose failure may pass: the task is tried again after its flow's delays."""


def shout(inputs):
    return {"text": str(inputs["text"]).upper()}


HANDLERS = {"py.shout": shout, "echo": lambda inputs: inputs}


def run(task):
    """Runs one task and gives the topic and the event that tell of it."""
    began = time.monotonic()
    event = {"worker_id": WORKER, "run_id": task["run_id"], "task_id": task["task_id"], "attempt": task["attempt"]}
    try:
        if task["handler"] not in HANDLERS:
            raise LookupError(f"no handler {task['handler']} here, only {', '.join(sorted(HANDLERS))}")
        topic = "task_done"
        event |= {"status": "succeeded", "output": HANDLERS[task["handler"]](task["inputs"])}
    except Exception as error:
        topic = "task_failed"
        kind = "transient" if isinstance(error, Retry) else "permanent"
        event |= {"error": str(error), "error_class": kind, "error_type": type(error).__name__}
    return topic, event | {"execution_time_ms": round((time.monotonic() - began) * 1000)}


def main():
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(1))
    signal.signal(signal.SIGINT, lambda *_: stopping.append(1))
    consumer = Consumer({
        "bootstrap.servers": SERVERS, "group.id": os.environ.get("EXECUTOR_CONSUMER_GROUP", "task-executors"),
        "partition.assignment.strategy": "range", "auto.offset.reset": "earliest", "enable.auto.commit": False})
    producer = Producer({"bootstrap.servers": SERVERS, "enable.idempotence": True, "linger.ms": 0})
    consumer.subscribe(TOPICS)
    while not stopping:
        record = consumer.poll(0.2)
        if record is None:
            continue
        if record.error():
            if record.error().code() != KafkaError._PARTITION_EOF:
                print("kafka:", record.error(), flush=True)
            continue
        task = json.loads(record.value())
        topic, event = run(task)
        failed = []
        producer.produce(PREFIX + topic, json.dumps(event), key=task["run_id"], partition=task["lane"],
                         on_delivery=lambda error, _: error and failed.append(error))
        if producer.flush(30) or failed:
            raise SystemExit(f"the result of {task['message_id']} was not delivered: {failed}")
        consumer.commit(record, asynchronous=False)
    consumer.close()


if __name__ == "__main__":
    main()
