"""Assembly source to state image, and back. The language is described in docs/assembly.md."""

from ccc.assembler.assemble import assemble_file, assemble_text
from ccc.assembler.disassemble import Line, address_names, disassemble, disassembled_lines, format_instruction
from ccc.assembler.outline import Outline, SkillOutline, outline_file, source_files

__all__ = [
    "Line",
    "Outline",
    "SkillOutline",
    "address_names",
    "assemble_file",
    "assemble_text",
    "disassemble",
    "disassembled_lines",
    "format_instruction",
    "outline_file",
    "source_files",
]
