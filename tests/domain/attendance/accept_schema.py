"""Write the JSON Schema of the code tables anew, after a wanted change of their shape."""

import json
from pathlib import Path

from domain.attendance.codes import CodeTable

if __name__ == "__main__":
    text = json.dumps(CodeTable.model_json_schema(), indent=2, ensure_ascii=False) + "\n"
    Path("domain/attendance/code_table.schema.json").write_text(text, encoding="utf-8")
