"""The search for what must not be there finds all that a plain look for each text finds, and nothing else."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests import leak
from tests.leak import Search, Sweep, found_in

FEW = st.sampled_from("ab1é")
TEXTS = st.lists(st.text(FEW, min_size=1, max_size=9), max_size=6)


@settings(deadline=None)
@given(
    texts=TEXTS,
    pieces=st.lists(st.one_of(st.binary(max_size=8), st.text(FEW, max_size=9).map(str.encode))),
    data=st.data(),
)
@example(texts=["abcdef"], pieces=[b"abcde"], data=None)
@example(texts=["abcdef"], pieces=[b"abcdef"], data=None)
def test_a_text_is_found_if_and_only_if_it_is_there(texts, pieces, data):
    if data and texts:
        planted = data.draw(st.sampled_from(texts))
        pieces += data.draw(st.sampled_from([[], [planted.encode()], [planted.encode("utf-16-le"), b"x"]]))
    content = b"".join(pieces)

    plain = any(text.encode(form) in content for text in texts for form in ("utf-8", "utf-16-le"))

    assert Search(texts).is_in(content) == plain


def test_a_text_across_two_blocks_is_found(monkeypatch):
    monkeypatch.setattr(leak, "_BLOCK", 16)
    content = b"." * 100

    found = [
        Search(["Quillfeather"]).is_in(content[:place] + b"Quillfeather" + content[place:]) for place in range(101)
    ]

    assert found == [True] * 101


def test_a_text_is_found_in_a_name_a_file_and_a_packed_file_and_not_beside_them(tmp_path):
    import gzip

    (tmp_path / "Quillfeather.txt").write_text("nothing")
    (tmp_path / "plain.txt").write_text("Zebedee Quillfeather")
    (tmp_path / "packed.gz").write_bytes(gzip.compress(b"Zebedee Quillfeather"))
    (tmp_path / "other.txt").write_text("Zebedee Quill feather")

    assert found_in(tmp_path, ["Quillfeather"]) == ["Quillfeather.txt", "packed.gz", "plain.txt"]


def test_a_sweep_finds_what_was_planted_since_the_last_look_and_nothing_twice(tmp_path):
    """Also in what a kill cut short, which is searched as it lies; and not in folders that are left out."""
    import gzip

    sweep = Sweep(["Quillfeather"])
    (tmp_path / "work").mkdir()
    (tmp_path / "clean.txt").write_text("nothing")
    assert sweep.over(tmp_path) == []

    (tmp_path / "work" / "copy.txt").write_text("Zebedee Quillfeather")
    (tmp_path / "clean.txt").write_text("now Quillfeather")
    (tmp_path / "half.gz").write_bytes(gzip.compress(b"nothing of it")[:-4])
    (tmp_path / "half.parquet").write_bytes(b"PAR1 Quillfeather")
    (tmp_path / "whole.gz").write_bytes(gzip.compress(b"Zebedee Quillfeather"))

    assert sweep.over(tmp_path, without=["work"]) == ["clean.txt", "half.parquet", "whole.gz"]
    assert sweep.over(tmp_path) == ["work/copy.txt"]
    assert sweep.over(tmp_path) == []
    assert sweep.files == 6
