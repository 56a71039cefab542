"""Wiping loop devices: what was there is gone, other programs agree, and the records say so."""

import json
import os
import re
import pathlib

import witnesses
from workshop import MIB, check, expect, need, says

MARKER = b"OLD-DATA-MARKER-"


def wipe(place, drive, *options, **more):
    return place.regain("wipe", "--confirm", drive, *options, drive, **more)


def counters(drive):
    numbers = (pathlib.Path("/sys/class/block") / os.path.basename(drive) / "stat").read_text().split()
    return int(numbers[6])  # sectors written, units of 512 bytes


def test_zero_wipe_is_confirmed_by_nwipe_and_by_a_search(place):
    need("nwipe")
    drive = place.drive(size=64 * MIB)
    check(witnesses.count_marker(drive, MARKER) > 1000, "the drive holds no markers before the wipe")
    before = counters(drive)
    report = expect(wipe(place, drive, "--method", "zero", "--json"), 0).json()
    written = counters(drive) - before
    check(written >= 64 * MIB // 512, f"the block layer counted only {written} written sectors")
    record = report["wipes"][0]
    check(record["verdict"] == "cleared", record["verdict"])
    check(record["drive"]["bus"] == "virtual", record["drive"])
    check(record["verification"]["bytes_read"] >= 64 * MIB and record["verification"]["mismatches"] == 0, record["verification"])
    check(record["bytes_written"] >= 64 * MIB, record["bytes_written"])
    check(record["coverage"]["not_examined"], "the coverage names nothing that was not examined")
    check(witnesses.count_marker(drive, MARKER) == 0, "markers are left")
    log = place.place / "nwipe.log"
    # Newer versions write a PDF report unless told not to; older ones do not know the option.
    quiet = ["--PDFreportpath=noPDF"] if "PDFreportpath" in witnesses.run("nwipe", "--help", check=False).stdout else []
    result = witnesses.run("nwipe", "--autonuke", "--nogui", "--nowait", "--method=verify_zero", f"--logfile={log}", *quiet,
                           drive, check=False, cwd=place.place)
    text = log.read_text() if log.exists() else result.stdout + result.stderr
    check(result.returncode == 0 and f"[SUCCESS] Verified that {drive} is Zeroed" in re.sub(r"\s+", " ", text),
          f"nwipe does not agree: {result.returncode} {text[-1500:]}")


def test_random_wipe_leaves_no_marker_and_no_zeros(place):
    drive = place.drive(size=32 * MIB)
    report = expect(wipe(place, drive, "--method", "random", "--json"), 0).json()
    check(report["wipes"][0]["verdict"] == "cleared", report["wipes"][0]["verdict"])
    check(witnesses.count_marker(drive, MARKER) == 0, "markers are left")
    check(witnesses.count_marker(drive, bytes(512)) == 0, "a whole sector of zeros in random data")


def test_three_passes_are_carried_out_as_they_were_planned(place):
    drive = place.drive(size=16 * MIB)
    plan = expect(place.regain("wipe", "--method", "dod-5220.22-m", "--plan", "--json", drive), 0).json()["plans"][0]
    planned = [step["pattern"] for step in plan["steps"] if step["step"] == "overwrite"]
    check(planned == ["zero", "byte-ff", "random"], planned)
    words = expect(place.regain("wipe", "--lang", "fr", "--method", "dod-5220.22-m", "--plan", drive), 0)
    says(words, "trois passes", "n’ajoutent rien à une seule passe vérifiée")
    before = counters(drive)
    record = expect(wipe(place, drive, "--method", "dod-5220.22-m", "--json"), 0).json()["wipes"][0]
    check(counters(drive) - before >= 3 * 16 * MIB // 512, "the block layer counted fewer than three passes")
    check((record["verdict"], record["method"]) == ("cleared", "dod-5220.22-m"), record["verdict"])
    check(record["bytes_written"] == 3 * 16 * MIB and record["coverage"]["overwritten_bytes"] == 16 * MIB, record["coverage"])
    patterns = [item["facts"] for item in record["evidence"] if item["kind"] == "pattern"]
    check([(item["pass"], item["pattern"]) for item in patterns] == [(1, "zero"), (2, "byte-ff"), (3, "random")], patterns)
    # The last pass again, by another program.
    last = patterns[-1]
    made = witnesses.run("sh", "-c", f"openssl enc -{last['cipher']} -K {last['key']} -iv {last['iv']} < /dev/zero 2>/dev/null"
                         f" | head -c {16 * MIB} | cmp - {drive}", check=False)
    check(made.returncode == 0, made.stdout + made.stderr)
    says(expect(wipe(place, drive, "--method", "dod-5220.22-m", "--verify", "none"), 2), "--verify full")


def test_sample_and_none_say_what_they_are(place):
    drive = place.drive(size=64 * MIB)
    sample = expect(wipe(place, drive, "--verify", "sample", "--json"), 0).json()["wipes"][0]["verification"]
    check(sample["kind"] == "sample" and 0 < sample["bytes_read"] <= 64 * MIB, sample)
    check(sample["detectable_leftover_bytes"] > 0, sample)
    none = expect(wipe(place, drive, "--verify", "none", "--json"), 0).json()["wipes"][0]
    check(none["verification"]["kind"] == "none" and none["verdict"] != "purged", none)


def test_two_drives_at_once_each_have_a_report_and_a_certificate(place):
    drives = [place.drive(f"d{i}.raw", 32 * MIB) for i in range(2)]
    report = expect(place.regain("wipe", "--json", "--donor", "Mairie", "--confirm", drives[0], "--confirm", drives[1], *drives), 0).json()
    check([w["verdict"] for w in report["wipes"]] == ["cleared", "cleared"], report)
    documents = sorted((place.state / "certificates").iterdir())
    check(len(documents) == 4, f"{documents}")
    key = witnesses.station_key(place.state)
    for pdf in (d for d in documents if d.suffix == ".pdf"):
        witnesses.pdf_signature_is_valid(pdf)
        witnesses.pdf_is_well_formed(pdf)
        payload = witnesses.verify_jws(witnesses.attached_jws(pdf), key)
        check(payload["specimen"] is True, "a certificate about a loop device is not marked as a specimen")
        check(witnesses.verify_jws(witnesses.read_qr(pdf), key)["id"] == payload["id"], "the QR code names another certificate")
    expect(place.regain("registry", "verify"), 0)
    listed = expect(place.regain("registry", "list", "--json"), 0).json()["records"]
    kinds = [record["kind"] for record in listed]
    check(kinds.count("intent") == 1 and kinds.count("outcome") == 2, kinds)
    check(kinds.index("intent") < kinds.index("outcome"), kinds)


def test_plan_writes_nothing(place):
    drive = place.drive(size=16 * MIB)
    plan = expect(place.regain("wipe", "--plan", "--json", drive), 0).json()
    check(plan["schema"] == "regain.wipe-plan/1", plan)
    check(plan["plans"][0]["level"] == "cleared" and plan["plans"][0]["rejected"], plan)
    check([step["step"] for step in plan["plans"][0]["steps"]].count("overwrite") == 1, plan)
    check(witnesses.count_marker(drive, MARKER) == MIB, "the plan changed the drive")
    check(not place.state.exists(), "the plan left something in the state directory")


def test_a_full_verification_leaves_the_surface_of_the_drive(place):
    size = 320 * MIB
    drive = place.drive(size=size)
    record = expect(wipe(place, drive, "--json"), 0).json()["wipes"][0]
    check(record["verification"]["kind"] == "full", record["verification"])
    found = [item["facts"] for item in record["evidence"] if item["kind"] == "surface"]
    check(len(found) == 1, f"{len(found)} scans of one drive")
    surface = found[0]
    check(surface["node"] == drive and surface["size_bytes"] == size, surface)
    check(sum(surface["bytes"]) == size, f"{sum(surface['bytes'])} bytes of {size}")
    regions = len(surface["bytes"])
    check(regions == size // surface["region_bytes"], regions)
    for name in ("bytes_per_second", "slowest_us", "stalls", "failed_requests"):
        check(len(surface[name]) == regions and all(isinstance(number, int) for number in surface[name]), surface[name])
    check(all(speed > 0 for speed in surface["bytes_per_second"]), surface["bytes_per_second"])
    check(sum(surface["failed_requests"]) == 0, surface["failed_requests"])
    # The sum of the regions' times is what the step took, less its beginning and end.
    seconds = sum(count / speed for count, speed in zip(surface["bytes"], surface["bytes_per_second"]))
    step = next(step for step in record["steps"] if step["step"] == "verify")
    check(seconds * 1000 <= step["duration_ms"] + 50, f"{seconds} s of {step['duration_ms']} ms")
    check(seconds * 1000 >= step["duration_ms"] * 0.5 - 200, f"only {seconds} s of {step['duration_ms']} ms")
    check(surface["not_judged"] == "virtual-drive" and surface["slow_regions"] == [], surface["not_judged"])
    sample = expect(wipe(place, drive, "--verify", "sample", "--json"), 0).json()["wipes"][0]
    check(not [item for item in sample["evidence"] if item["kind"] == "surface"], "a sample has no surface")


def test_a_file_is_a_virtual_drive(place):
    path = place.file("disk.img", 16 * MIB, MARKER)
    report = expect(wipe(place, str(path), "--virtual", "--json"), 0).json()
    check(report["wipes"][0]["drive"]["bus"] == "virtual", report)
    check(witnesses.count_marker(path, MARKER) == 0, "markers are left")
    check(path.stat().st_size == 16 * MIB, "the file changed its size")


def test_json_on_standard_output_is_one_document(place):
    drive = place.drive(size=16 * MIB)
    result = expect(wipe(place, drive, "--json", "--progress", "json"), 0)
    json.loads(result.out)
    steps = [json.loads(line) for line in result.err.splitlines() if line.startswith("{")]
    check(any(line["schema"] == "regain.progress/1" and line["drive"] == drive for line in steps), result.err)


def test_the_report_goes_to_a_file(place):
    drive = place.drive(size=16 * MIB)
    target = place.place / "report.json"
    expect(wipe(place, drive, "-o", target, "--no-certificate"), 0)
    check(json.loads(target.read_text())["wipes"][0]["verdict"] == "cleared", target.read_text())
    check(not (place.state / "registry.db").exists(), "--no-certificate left a record")


def test_french_is_the_default(place):
    drive = place.drive(size=16 * MIB)
    result = expect(place.regain("wipe", "--plan", drive, env={"REGAIN_LANG": "", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}), 0)
    check("écrasement" in result.out.lower() or "effac" in result.out.lower(), result.out)


def test_drives_are_listed_as_table_and_as_json(place):
    drive = place.drive(size=16 * MIB)
    listed = expect(place.regain("drives", "--json"), 0).json()
    check(listed["schema"] == "regain.drives/1", listed)
    mine = [d for d in listed["drives"] if d["path"] == drive]
    check(len(mine) == 1 and mine[0]["bus"] == "virtual" and mine[0]["size_bytes"] == 16 * MIB and mine[0]["protected"] == [], mine)
    says(expect(place.regain("drives"), 0), drive)
