package runtimes

import (
	"encoding/json"
	"testing"
)

func TestSmoke(t *testing.T) {
	s := serve(t)
	ctx := open(t, s)
	for _, p := range []program{
		{Lang: "javascript", Code: "console.log('hi', {a:[1,2,{b:new Map([[1,{c:2}]])}]}); nope()"},
		{Lang: "javascript", Code: "console.log(prompt('name? '))", Input: []string{"Ada"}},
		{Lang: "javascript", Code: "console.log('go');for(;;);", Stop: "go"},
		{Lang: "python", Code: "import sys\nprint('hi', sys.version)\n1/0"},
		{Lang: "python", Code: "print(input('name? '))", Input: []string{"Ada"}},
		{Lang: "python", Code: "print('go', flush=True)\nwhile True: pass", Stop: "go"},
		{Lang: "python", Code: "import asyncio\nasync def m():\n  await asyncio.sleep(.1)\n  print('x')\nasyncio.run(m())"},
	} {
		o, _ := json.Marshal(play(t, ctx, p))
		t.Logf("%s", o)
	}
}
