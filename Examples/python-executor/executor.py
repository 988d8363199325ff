#!/usr/bin/env python3
"""An executor in Python: takes tasks from `task_queue`, runs handlers, publishes results. Needs a Kafka client only.

    pip install confluent-kafka        (Debian: apt install python3-confluent-kafka)
    ORCHESTRATOR_KAFKA_BOOTSTRAP_SERVERS=localhost:9092 python3 executor.py

What it promises: a task is committed only after its result was reported to be in Kafka, and never past an earlier one
that is not, so a task whose executor dies is delivered again. Handlers run on threads of their own, EXECUTOR_SLOTS at a
time: the thread that polls never waits for them. It must not, because a group in which one member does not poll is held
up as a whole whenever a member comes or goes, all pools of it.
EXECUTOR_POOLS names the pools it serves (default: `default`).
"""
import base64, json, os, queue, signal, threading, time
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition

SERVERS = os.environ.get("ORCHESTRATOR_KAFKA_BOOTSTRAP_SERVERS", "localhost:9092")
PREFIX = os.environ.get("ORCHESTRATOR_TOPIC_PREFIX", "")
POOLS = os.environ.get("EXECUTOR_POOLS", "default").split(",")
SLOTS = int(os.environ.get("EXECUTOR_SLOTS", "4"))
TOPICS = [PREFIX + ("task_queue" if pool == "default" else f"task_queue.{pool}") for pool in POOLS]
WORKER = f"python-{os.getpid()}"
LARGEST_OUTPUT = 900 * 1024
GRACE = 25


class Retry(Exception):
    """Raised by a handler whose failure may pass: the task is tried again after its flow's delays."""


def shout(inputs):
    return {"text": str(inputs["text"]).upper()}


def sleep(inputs):
    time.sleep(float(inputs["seconds"]))
    return inputs


HANDLERS = {"py.shout": shout, "py.sleep": sleep, "echo": lambda inputs: inputs}


def run(task):
    """Runs one task and gives the topic and the event, as bytes, that tell of it. Never raises."""
    began = time.monotonic()
    head = {"worker_id": WORKER, "run_id": task["run_id"], "task_id": task["task_id"],
            "attempt": task.get("attempt") or 0}
    try:
        if task["handler"] not in HANDLERS:
            raise LookupError(f"no handler {task['handler']} here, only {', '.join(sorted(HANDLERS))}")
        output = HANDLERS[task["handler"]](task.get("inputs") or {})
        topic, told = "task_done", {"status": "succeeded", "output": as_json(output)}
    except BaseException as error:
        kind = "transient" if isinstance(error, Retry) else "permanent"
        topic = "task_failed"
        told = {"error": str(error)[:4000], "error_class": kind, "error_type": type(error).__name__}
    told["execution_time_ms"] = round((time.monotonic() - began) * 1000)
    return topic, json.dumps(head | told).encode()


def as_json(output):
    """The output as it comes back from JSON. Python would write NaN and Infinity, which are not JSON: whoever reads
    the result could not, and the task would never end."""
    try:
        text = json.dumps(output, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"the output is not JSON: {error}") from error
    if len(text) > LARGEST_OUTPUT:
        raise ValueError(f"the output is too large: {len(text)} bytes of JSON, at most {LARGEST_OUTPUT}")
    return json.loads(text)


class Partition:
    """What was taken of one partition and what of it is finished: Kafka keeps one number, the first that is not."""

    def __init__(self):
        self.open, self.next, self.committed = set(), None, None

    def take(self, offset):
        self.open.add(offset)
        self.next = offset + 1

    def position(self):
        return min(self.open, default=self.next)


class Executor:
    def __init__(self):
        # session.timeout.ms: a process that dies holds up its group for so long. max.poll.interval.ms: one that lives
        # and does not poll does so for so long; then its partitions go to others.
        self.consumer = Consumer({
            "bootstrap.servers": SERVERS, "group.id": os.environ.get("EXECUTOR_CONSUMER_GROUP", "task-executors"),
            "partition.assignment.strategy": "range", "auto.offset.reset": "earliest", "enable.auto.commit": False,
            "enable.auto.offset.store": False, "session.timeout.ms": 10_000, "max.poll.interval.ms": 60_000})
        self.producer = Producer({"bootstrap.servers": SERVERS, "enable.idempotence": True, "linger.ms": 0})
        self.partitions, self.results = {}, queue.SimpleQueue()
        self.running, self.is_paused, self.problem = 0, False, None

    def step(self, is_stopping=False):
        """One round on the polling thread: take, publish, commit. Handlers are elsewhere."""
        record = self.consumer.poll(0.02 if self.running else 0.2)
        if record is not None:
            self.take(record)
        while not self.results.empty():
            self.publish(*self.results.get())
        self.producer.poll(0)
        if self.problem:
            raise SystemExit(self.problem)  # not committed: the task is delivered again
        self.commit()
        self.pause(is_stopping or self.running >= SLOTS)

    def take(self, record):
        if record.error():
            if record.error().code() != KafkaError._PARTITION_EOF:
                print("kafka:", record.error(), flush=True)
            return
        place = (record.topic(), record.partition())
        partition = self.partitions.setdefault(place, Partition())
        partition.take(record.offset())
        self.running += 1
        try:
            task = json.loads(record.value())
            names = task["run_id"], task["task_id"], task["handler"]
            if not all(isinstance(name, str) for name in names):
                raise ValueError("run_id, task_id and handler are texts")
        except (TypeError, ValueError, KeyError, RecursionError) as error:
            return self.results.put((partition, record.offset(), *dead_letter(record, error), None, -1))
        threading.Thread(target=self.work, args=(partition, record.offset(), task), daemon=True).start()

    def work(self, partition, offset, task):
        self.results.put((partition, offset, *run(task), task["run_id"], task.get("lane")))

    def publish(self, partition, offset, topic, value, key, lane):
        self.running -= 1

        def reported(error, _):
            if error:
                self.problem = f"a result was not delivered: {error}"
            else:
                partition.open.discard(offset)

        self.producer.produce(PREFIX + topic, value, key=key, partition=-1 if lane is None else lane,
                              on_delivery=reported)

    def commit(self, asynchronous=True):
        """Sends the positions that have moved."""
        moved = [(place, partition) for place, partition in self.partitions.items()
                 if partition.position() not in (None, partition.committed)]
        for _, partition in moved:
            partition.committed = partition.position()
        if moved:
            offsets = [TopicPartition(*place, partition.committed) for place, partition in moved]
            self.consumer.commit(offsets=offsets, asynchronous=asynchronous)

    def pause(self, is_full):
        """With every slot taken nothing more is fetched; polling goes on, or the group would think we are gone."""
        if is_full != self.is_paused and (held := self.consumer.assignment()):
            (self.consumer.pause if is_full else self.consumer.resume)(held)
            self.is_paused = is_full

    def revoked(self, consumer, _):
        """What still runs goes on, and its result counts; the next owner runs it again, which does no harm to it."""
        try:
            self.producer.flush(2)
            self.commit(asynchronous=False)
        except Exception as error:
            print("partitions were given up without a commit:", error, flush=True)
        self.partitions, self.is_paused = {}, False

    def lost(self, consumer, _):
        self.partitions, self.is_paused = {}, False

    def main(self):
        stopping = []
        signal.signal(signal.SIGTERM, lambda *_: stopping.append(time.monotonic()))
        signal.signal(signal.SIGINT, lambda *_: stopping.append(time.monotonic()))
        self.consumer.subscribe(TOPICS, on_revoke=self.revoked, on_lost=self.lost)
        while not stopping:
            self.step()
        while self.running and time.monotonic() < stopping[0] + GRACE:
            self.step(is_stopping=True)
        self.producer.flush(5)
        self.commit(asynchronous=False)
        self.consumer.close()
        os._exit(0)  # handlers that are still at it would keep the process alive


def dead_letter(record, error):
    """What tells of a record that is no task. Without it the record would be skipped unseen, or stop the queue."""
    value, place = record.value() or b"", (record.topic(), record.partition(), record.offset())
    return "dead_letter_queue", json.dumps({
        "message_id": "dl/%s/%d/%d" % place, "kind": "record", "reason": "undecodable", "error": str(error),
        "original": {"topic": place[0], "partition": place[1], "offset": place[2],
                     "value_base64": base64.b64encode(value).decode()}}).encode()


if __name__ == "__main__":
    Executor().main()
