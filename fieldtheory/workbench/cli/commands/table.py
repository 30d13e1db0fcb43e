"""The commands of the program: to add one, write its file and name it here."""

from fieldtheory.workbench.cli.commands.completion import completion_command
from fieldtheory.workbench.cli.commands.curve import curve_command
from fieldtheory.workbench.cli.commands.derive import derive_command
from fieldtheory.workbench.cli.commands.exercise import exercise_command
from fieldtheory.workbench.cli.commands.explore import explore_command
from fieldtheory.workbench.cli.commands.flow import flow_command
from fieldtheory.workbench.cli.commands.network import network_command
from fieldtheory.workbench.cli.commands.optimise import optimise_command
from fieldtheory.workbench.cli.commands.posterior import posterior_command
from fieldtheory.workbench.cli.commands.realspace import realspace_command
from fieldtheory.workbench.cli.commands.regimes import regimes_command
from fieldtheory.workbench.cli.commands.spectrum import spectrum_command
from fieldtheory.workbench.cli.commands.sweep import sweep_command
from fieldtheory.workbench.cli.commands.train import train_command

COMMANDS = (
    curve_command,
    posterior_command,
    network_command,
    spectrum_command,
    derive_command,
    flow_command,
    realspace_command,
    sweep_command,
    optimise_command,
    train_command,
    regimes_command,
    explore_command,
    exercise_command,
    completion_command,
)
