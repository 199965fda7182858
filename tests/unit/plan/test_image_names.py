"""What images are called: by repository, role and revision, or wholly by the one who asks."""

import pytest

from fedbake.cli import options
from fedbake.errors import UsageError
from fedbake.names import Flavor, Platform, Role
from fedbake.plan.images import image_of
from fedbake.plan.model import Request

COMMIT = "c" * 40


def reference(role: Role, images: dict[Role, str]) -> tuple[str, ...]:
    request = Request(
        targets=(role,),
        platforms=(Platform.AMD64,),
        flavor=Flavor.SKLEARN,
        registry="registry.example:5000",
        repository="owner/repo",
        images=images,
    )
    return image_of(role, request, (), COMMIT).references


def test_an_image_is_named_by_repository_role_and_revision() -> None:
    assert reference(Role.LEARNER, {}) == (f"registry.example:5000/owner/repo/learner:{COMMIT}",)


def test_a_whole_name_replaces_all_of_it_for_its_role_alone() -> None:
    images = {Role.INFERENCE: "customer/trained_model:run"}
    assert reference(Role.INFERENCE, images) == ("registry.example:5000/customer/trained_model:run",)
    assert reference(Role.LEARNER, images) == (f"registry.example:5000/owner/repo/learner:{COMMIT}",)


@pytest.mark.parametrize(
    "text",
    ["learner", "learner=", "learner=Owner/x:1", "learner=x", "judge=x:1", "=x:1", "learner=x:", "learner=../x:1"],
)
def test_what_is_no_target_or_no_name_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        options._image(text, "registry.example:5000")
