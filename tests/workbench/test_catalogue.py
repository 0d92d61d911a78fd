"""What `thaw models` lists: every classifier with its weights, and whether they are on this disk."""

import json
from pathlib import Path

import pytest
import torch
import torchvision

from workbench import cli
from workbench.catalogue import WeightsEntry, catalogue_lines, is_on_disk, models, torch_checkpoints
from workbench.errors import BadInput


def test_every_classifier_is_listed_with_what_torchvision_tells() -> None:
    found = {entry.name: entry for entry in models()}
    assert list(found) == torchvision.models.list_models(module=torchvision.models)
    assert found["resnet50"].parameters == 25_557_032
    weights = {each.name: each for each in found["resnet50"].weights}
    assert weights["IMAGENET1K_V2"].top1 == pytest.approx(0.80858)
    assert weights["IMAGENET1K_V2"].gigaflops == pytest.approx(4.089)
    assert weights["IMAGENET1K_V2"].file == "resnet50-11ad3fa6.pth"
    assert [each.image_size for each in found["vit_b_16"].weights] == [224, 384, 224]
    assert found["shufflenet_v2_x0_5"].weights[0].name == "bundled"


def test_a_filter_is_a_part_of_a_name_or_a_glob() -> None:
    assert [entry.name for entry in models("densenet1")] == ["densenet121", "densenet161", "densenet169"]
    assert {entry.name for entry in models("swin_?")} == {"swin_b", "swin_s", "swin_t"}
    with pytest.raises(BadInput, match="'resnet81' names none of torchvision's classifiers") as caught:
        models("resnet81")
    assert "resnet" in caught.value.hint


def test_a_file_is_on_this_disk_where_torch_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert torch_checkpoints() == Path(torch.hub.get_dir()) / "checkpoints"
    weights = WeightsEntry("IMAGENET1K_V1", 224, "net.pth")
    assert not is_on_disk(weights)
    torch_checkpoints().mkdir(parents=True)
    (torch_checkpoints() / "net.pth").touch()
    assert is_on_disk(weights)
    assert is_on_disk(WeightsEntry("bundled", 32, "x.safetensors"))


@pytest.mark.parametrize("variable", ["XDG_CACHE_HOME", "HOME"])
def test_torchs_folder_follows_the_same_variables(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TORCH_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    assert torch_checkpoints() == Path(torch.hub.get_dir()) / "checkpoints"


def test_the_table_fits_80_columns_and_grows() -> None:
    narrow, wide = catalogue_lines(models(), 80), catalogue_lines(models(), 200)
    assert max(map(len, narrow)) <= 80
    assert "GFLOPS" not in narrow[0]
    assert "GFLOPS  file name" in wide[0]
    line = next(line for line in wide if line.startswith("resnet18"))
    told = ("11.7 M", "IMAGENET1K_V1", "69.8 %", "224", "45 MB ○", "1.81", "resnet18-f37072fd.pth")
    assert all(each in line for each in told)


def test_the_verb_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["models", "alexnet", "--json"])
    assert caught.value.code == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert entry["name"] == "alexnet"
    assert entry["weights"][0]["on_disk"] is False
    with pytest.raises(SystemExit) as caught:
        cli.main(["models", "no-such-model"])
    assert caught.value.code == 2


def test_timms_are_listed_where_it_is_installed() -> None:
    pytest.importorskip("timm")
    found = {entry.name: entry for entry in models("timm:resnet18")}
    assert "a1_in1k" in [each.name for each in found["timm:resnet18"].weights]
    assert found["timm:resnet18"].weights[0].hub == "timm/resnet18.a1_in1k"
    assert not is_on_disk(found["timm:resnet18"].weights[0])
