"""What repo2docker, and so Binder, makes of the tree: the image's Dockerfile, without Docker."""

import pytest
import yaml
from rehearsal import clean_tree
from repo2docker.__main__ import make_r2d

pytestmark = pytest.mark.binder


@pytest.fixture
def tree(tmp_path):
    return clean_tree(tmp_path / "tree")


def build_pack_and_dockerfile(tree, capsys, monkeypatch):
    monkeypatch.chdir(tree)
    app = make_r2d(["--no-build", "--user-id", "1000", "--user-name", "jovyan", "."])
    chosen = next(pack for kind in app.buildpacks if (pack := kind(base_image=app.base_image)).detect())
    capsys.readouterr()
    app.start()
    return type(chosen).__name__, capsys.readouterr().out


def named_python(tree):
    environment = yaml.safe_load((tree / "environment.yml").read_text())
    (python,) = [line for line in environment["dependencies"] if line.startswith("python=")]
    return python.removeprefix("python=")


def check(tree, capsys, monkeypatch):
    """Raise AssertionError unless the image is the one that we mean."""
    pack, dockerfile = build_pack_and_dockerfile(tree, capsys, monkeypatch)
    assert pack == "CondaBuildPack", f"repo2docker has chosen {pack}"
    assert 'env update -p ${NB_PYTHON_PREFIX} --file "binder/environment.yml"' in dockerfile
    assert "\nRUN ./binder/postBuild\n" in dockerfile
    # The base environment's file is named after its Python; a COPY line has that name with escapes.
    assert f"environment-2epy-2d{named_python(tree).replace('.', '-2e')}-2dlinux" in dockerfile


def test_the_image_is_the_one_that_we_mean(tree, capsys, monkeypatch):
    check(tree, capsys, monkeypatch)


def rename_the_environment(tree):
    (tree / "binder" / "environment.yml").rename(tree / "binder" / "environment.yaml")


def remove_post_build(tree):
    (tree / "binder" / "postBuild").unlink()


def name_another_python(tree):
    path = tree / "binder" / "environment.yml"
    path.write_text(path.read_text().replace("python=", "python=3.11  # "))


def put_a_dockerfile_beside_it(tree):
    (tree / "binder" / "Dockerfile").write_text("FROM scratch\n")


@pytest.mark.parametrize(
    "spoil",
    [rename_the_environment, remove_post_build, name_another_python, put_a_dockerfile_beside_it],
)
def test_another_image_is_noticed(tree, capsys, monkeypatch, spoil):
    spoil(tree)
    with pytest.raises(AssertionError):
        check(tree, capsys, monkeypatch)
