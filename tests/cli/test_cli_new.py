"""``ctresearch new``."""

from small_project import call, make_project


def test_it_says_what_to_do_next(tmp_path, monkeypatch, capsys):
    make_project(tmp_path)
    monkeypatch.chdir(tmp_path / "notebooks")
    code, out, _ = call(capsys, "new", "my-study", "--notebook", "demo")
    assert code == 0
    assert "ctresearch run my-study" in out
    assert (tmp_path / "studies" / "my-study" / "README.md").read_text().startswith("# My study")
