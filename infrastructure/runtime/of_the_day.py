"""Looks at a day itself: no family hears of a child who may still be on the way. Pure."""

from dataclasses import replace

from domain.attendance.evaluate import Evaluation
from domain.attendance.lines import Lines
from domain.attendance.rules import RuleSet, Stage
from domain.evaluation.events import LookKind
from infrastructure.runtime.judging import Known, is_same_day, judged


def answered(known: Known, kind: LookKind) -> Evaluation:
    """Return what the rules say in a look of a kind.

    On the day itself they are asked for that day's stages only. Those that wait for the register
    are not shown the marks of a half-day whose register was open.
    """
    lines = known.lines
    if kind is not LookKind.SAME_DAY:
        return judged(known, known.rules, known.on, lines)
    today = [stage for stage in known.rules.stages if is_same_day(stage)]
    over = known.over
    if over is None:
        return judged(known, _only(known, today), known.on, lines)
    closed = lines.while_open(known.on, over)
    waiting = _answered(known, [stage for stage in today if stage.waits], closed)
    at_once = _answered(known, [stage for stage in today if not stage.waits], lines)
    if waiting is None or at_once is None:
        return waiting or at_once or judged(known, _only(known, today), known.on, lines)
    return replace(waiting, stages=(*waiting.stages, *at_once.stages))


def _answered(known: Known, stages: list[Stage], lines: Lines) -> Evaluation | None:
    return judged(known, _only(known, stages), known.on, lines) if stages else None


def _only(known: Known, stages: list[Stage]) -> RuleSet:
    return known.rules.model_copy(update={"stages": tuple(stages), "parallel": (), "returns": ()})
