"""A loaded model, and one prediction from the request to the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fedbake_actors.console import say
from fedbake_actors.user_code import describe

from fedbake_inference import answers, parameters, protocol
from fedbake_inference.errors import RequestError
from fedbake_inference.inputs import Inputs
from fedbake_inference.signature import Signature

if TYPE_CHECKING:
    Predict = Callable[[Any, Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Model:
    """A model ready for requests.

    Attributes:
        loader: what loaded it, such as ``sklearn``.
        predict: takes the input as ``inputs`` reads it, and parameters.
        inputs: reads inputs.
        signature: its signature, where it has one.
        version: the answer to ``/version``: the release of MLflow whose protocol is spoken.
        is_serial: whether predictions must not run at the same time.
        checks_params: whether ``predict`` checks parameters itself.
    """

    loader: str
    predict: Predict
    inputs: Inputs
    signature: Signature | None
    version: str
    is_serial: bool
    checks_params: bool = False

    def invoke(self, body: bytes, kind: str) -> bytes:
        """Answer the body of a request to ``/invocations``.

        Raises:
            RequestError: it cannot be read, or the model does not take it.
        """
        request = protocol.read(body, kind, self.inputs)
        return self.answered(request)

    def answered(self, request: protocol.Request) -> bytes:
        """Answer a request that was read.

        Raises:
            RequestError: the model does not take it.
        """
        result = self.predicted(request.data, request.params)
        try:
            return answers.predictions(result, request.is_bare)
        except (TypeError, ValueError) as error:
            message = f"The predictions cannot be written as JSON: {error}"
            raise RequestError(message, "INTERNAL_ERROR", 500) from error

    def predicted(self, data: Any, params: Any) -> Any:
        """Predict.

        Raises:
            RequestError: the parameters are not those of the signature, or the model failed.
        """
        schema = self.signature.parameters if self.signature else None
        checked = params if self.checks_params else parameters.enforced(params, schema)
        try:
            return self.predict(data, checked)
        except RequestError:
            raise
        except Exception as error:
            # A model may raise anything, mostly because the input is not what it was trained with.
            say(f"the model failed: {describe(error)}")
            message = (
                f"The model failed on this input; verify that it is what the model was trained with. {describe(error)}"
            )
            raise RequestError(message) from error
