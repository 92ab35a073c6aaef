"""Write the JSON Schemas of code tables and rule sets anew, after a wanted change of shape."""

import json
from pathlib import Path

from domain.attendance.codes import CodeTable
from domain.attendance.rule_schema import drawn_schema

if __name__ == "__main__":
    drawn = {"code_table": CodeTable.model_json_schema(), "rule_set": drawn_schema()}
    for name, schema in drawn.items():
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        Path(f"domain/attendance/{name}.schema.json").write_text(text, encoding="utf-8")
