"""The search for what must not be there finds all that a plain look for each text finds, and nothing else."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests import leak
from tests.leak import Search, found_in

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
