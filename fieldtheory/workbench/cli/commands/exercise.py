"""`fieldtheory exercise`: exercises that check an answer."""

from __future__ import annotations

import click

_EXAMPLES = """\b
Examples:
  fieldtheory exercise
  fieldtheory exercise 05.1
  fieldtheory exercise 05.1 --answer 0.0922
  fieldtheory exercise 04.2 --answer "-3*N*lam^2*r^2/(N*lam + r)^4"
  fieldtheory exercise 04.2 --hint"""


@click.command("exercise", epilog=_EXAMPLES, short_help="Exercises that check an answer.")
@click.argument("number", required=False)
@click.option("--answer", metavar="TEXT", help="A number or formula, to be checked.")
@click.option("--hint", is_flag=True, help="Where to begin.")
@click.option("--solution", is_flag=True, help="The derivation, and code that computes the answer.")
def exercise_command(number: str | None, answer: str | None, hint: bool, solution: bool) -> None:
    """Show the exercise NUMBER, such as 04.2, or check an answer to it; without NUMBER list all.

    Answers are numbers, names, + - * / ** and parentheses; diagrams and functions are for notebooks.
    """
    if number is None:
        if answer is not None or hint or solution:
            raise ValueError(
                "number must be that of an exercise with --answer, --hint or --solution (got none)"
            )
        from fieldtheory.workbench.exercise_book.registry import exercises_by_number

        for known, exercise in exercises_by_number().items():
            click.echo(f"{known}  {exercise.title}")
        return
    from fieldtheory.workbench import exercise_book as exercises

    if answer is None and not hint and not solution:
        click.echo(exercises.show(number))
    if hint:
        click.echo(exercises.hint(number))
    if answer is not None:
        click.echo(exercises.check(number, answer).message)
    if solution:
        click.echo(exercises.solution(number))
