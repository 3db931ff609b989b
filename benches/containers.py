#!/usr/bin/env python3
"""Large containers: what `affiant identify` and `affiant parse` cost in time and memory.

    benches/containers.py AFFIANT FOLDER [--gigabytes 20] [--files 1000000] [--seed 1]

makes in FOLDER what is not there yet, about 3 GB (the zip is sparse on the disk), and measures:
  big.zip     zip64, stored members of zeros, GIGABYTES in all, and the Android sample
  many.tar    FILES small files of noise, and the Android sample
  many.tar.zst, many.tar.gz    the same, compressed, where the programs are there

Time is the wall clock, and beside it that of the processors; memory is the peak of RssAnon (what the process itself holds) and of VmRSS (with the pages of the
mapped container, which the system takes back when it needs them), read ten times a second.
"""

import argparse
import os
import pathlib
import random
import resource
import shutil
import struct
import subprocess
import sys
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "samples" / "android"


class Sparse:
    """A file in which a written piece of zeros becomes a hole."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.zeros = bytes(1 << 20)

    def write(self, piece):
        if len(piece) == len(self.zeros) and piece == self.zeros:
            self.file.seek(len(piece), os.SEEK_CUR)
            return len(piece)
        return self.file.write(piece)

    def __getattr__(self, name):
        return getattr(self.file, name)


def sample_files():
    return sorted(path for path in SAMPLE.rglob("*") if path.is_file())


def make_zip(path, gigabytes):
    with zipfile.ZipFile(Sparse(path), "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for file in sample_files():
            archive.write(file, f"Dump/{file.relative_to(SAMPLE)}")
        for number in range(0, gigabytes, 5):
            name = f"Dump/data/media/0/DCIM/film-{number}.mp4"
            with archive.open(name, "w", force_zip64=True) as member:
                for _ in range(min(5, gigabytes - number) * 1024):
                    member.write(bytes(1 << 20))


def header(name, size):
    fields = struct.pack("100s8s8s8s12s12s8s1s100s8s", name.encode(), b"0000600\0", b"0000000\0", b"0000000\0",
                         b"%011o\0" % size, b"%011o\0" % 1700000000, b" " * 8, b"0", b"", b"ustar\x0000")
    block = bytearray(fields.ljust(512, b"\0"))
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def make_tar(path, files, seed):
    noise = random.Random(seed)
    pool = noise.randbytes(1 << 20)
    with open(path, "wb", buffering=1 << 20) as archive:
        def add(name, content):
            archive.write(header(name, len(content)))
            archive.write(content)
            archive.write(bytes(-len(content) % 512))
        for file in sample_files():
            add(f"Dump/{file.relative_to(SAMPLE)}", file.read_bytes())
        for number in range(files):
            at = noise.randrange(len(pool) - 2000)
            add(f"Dump/data/data/org.example.app{number % 500}/files/{number % 97}/{number}.bin",
                pool[at:at + noise.randrange(2000)])
        archive.write(bytes(10240))


def measured(command):
    started = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peaks = {"RssAnon:": 0, "VmRSS:": 0}
    while process.poll() is None:
        try:
            for line in open(f"/proc/{process.pid}/status"):
                key = line.split(maxsplit=1)[0]
                if key in peaks:
                    peaks[key] = max(peaks[key], int(line.split()[1]))
        except (FileNotFoundError, ProcessLookupError):
            pass
        time.sleep(0.1)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - started, busy, peaks["RssAnon:"] / 1024, peaks["VmRSS:"] / 1024, process.returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("affiant")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--gigabytes", type=int, default=20)
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True)
    big, many = options.folder / "big.zip", options.folder / "many.tar"
    if not big.exists():
        make_zip(big, options.gigabytes)
    if not many.exists():
        make_tar(many, options.files, options.seed)
    given = [big, many]
    for program, end in [("zstd", ".zst"), ("gzip", ".gz")]:
        if shutil.which(program):
            packed = pathlib.Path(f"{many}{end}")
            if not packed.exists():
                with open(packed, "wb") as out:
                    subprocess.run([program, "-1", "-c", many], stdout=out, stderr=subprocess.DEVNULL, check=True)
            given.append(packed)
    print(f"{'container':<14}{'command':<10}{'bytes':>16}{'seconds':>10}{'of CPU':>10}{'RssAnon MiB':>13}{'VmRSS MiB':>11}  exit")
    for container in given:
        for command in ["identify", "parse"]:
            report = options.folder / "report"
            shutil.rmtree(report, ignore_errors=True)
            more = ["-q", "--no-html", "-o", report] if command == "parse" else []
            seconds, busy, own, all_of_it, status = measured([options.affiant, command, container, *more])
            print(f"{container.name:<14}{command:<10}{container.stat().st_size:>16}{seconds:>10.1f}{busy:>10.1f}{own:>13.0f}{all_of_it:>11.0f}  {status}")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
