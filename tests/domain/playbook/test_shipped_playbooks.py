"""The playbooks that come with the product can be used as they are."""

from pathlib import Path

import pytest

from domain.playbook import shipped_playbooks
from domain.playbook.aggregate import PlaybookDefinition
from domain.playbook.commands import ActivatePlaybook
from domain.playbook.events import PlaybookActivated
from domain.playbook.faults import faults_of
from domain.playbook.shipped_playbooks import shipped
from domain.shared.ids import TenantId
from tests.support.examples import SCHOOL, TENANT
from tests.support.scenario import given

SETS = sorted(f.stem for f in (Path(shipped_playbooks.__file__).parent / "shipped").iterdir())


@pytest.mark.parametrize("name", SETS)
def test_every_shipped_playbook_is_accepted(name: str) -> None:
    for playbook in shipped(name, TENANT):
        assert faults_of(playbook) == []
        given(PlaybookDefinition).when(ActivatePlaybook(playbook, SCHOOL)).then(
            PlaybookActivated(playbook, SCHOOL)
        )


@pytest.mark.parametrize("name", SETS)
def test_each_tenant_has_its_own_playbooks_and_the_same_at_each_start(name: str) -> None:
    ours = [playbook.playbook_id for playbook in shipped(name, TENANT)]
    theirs = [playbook.playbook_id for playbook in shipped(name, TenantId(SCHOOL))]
    assert ours == [playbook.playbook_id for playbook in shipped(name, TENANT)]
    assert len({*ours, *theirs}) == 2 * len(ours)
