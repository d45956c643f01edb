"""The Python of the documents runs as it is printed, and prints what stands behind it as a comment."""

import contextlib
import io
import os
import pathlib
import re
import tempfile
import unittest

TOP = pathlib.Path(__file__).parents[2]


class Readme(unittest.TestCase):
    """README.md, block by block, each in an empty folder."""

    def test_the_blocks_do_what_they_say(self) -> None:
        blocks = re.findall(r"^```python\n(.*?)^```", (TOP / "README.md").read_text("utf-8"), re.M | re.S)
        self.assertGreaterEqual(len(blocks), 2)
        for block in blocks:
            with self.subTest(block), tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
                output = io.StringIO()
                with contextlib.redirect_stdout(output):
                    exec(compile(block, os.path.join(folder, "block.py"), "exec"), {})
                self.assertEqual(
                    output.getvalue().splitlines(), re.findall(r"^print.*  # (.*)$", block, re.M)
                )


if __name__ == "__main__":
    unittest.main()
