package ot

import (
	"errors"
	"strings"
	"testing"
)

// What goes beyond a limit is what it would be without one, and may be taken apart again.
func TestLarge(t *testing.T) {
	full := text(t, strings.Repeat("x", MaxText))
	mine, theirs := Splice(MaxText, 0, 0, "mine"), Splice(MaxText, MaxText, 0, "theirs")
	later, earlier, err := TransformLarge(mine, theirs)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Transform(mine, theirs); !errors.Is(err, ErrLimit) {
		t.Errorf("transform: %v", err)
	}
	both, err := ComposeLarge(theirs, later)
	if err != nil {
		t.Fatal(err)
	}
	if other, _ := ComposeLarge(mine, earlier); both != other {
		t.Error("the two ways end in two places")
	}
	back, err := both.InvertLarge(full)
	if err != nil {
		t.Fatal(err)
	}
	if err := full.Apply(both); !errors.Is(err, ErrLimit) || full.Len() != MaxText {
		t.Errorf("apply: %v", err)
	}
	if err := full.ApplyLarge(both); err != nil || full.Len() != MaxText+10 || full.Slice(0, 5) != "minex" {
		t.Fatalf("%d units, %v", full.Len(), err)
	}
	if err := full.Apply(back); err != nil || full.Len() != MaxText {
		t.Errorf("there and back are %d units, %v", full.Len(), err)
	}
	for _, o := range []Op{both, back, later} {
		data := o.AppendJSON(nil)
		if again, err := ParseLarge(data); err != nil || again != o {
			t.Errorf("%.40s… is read as another op: %v", data, err)
		}
		if _, err := Parse(data); !errors.Is(err, ErrLimit) {
			t.Errorf("%.40s… is within the limits: %v", data, err)
		}
	}
	if _, err := ParseLarge([]byte("[1073741825]")); !errors.Is(err, ErrLimit) {
		t.Errorf("a number without an end: %v", err)
	}
	// An op that is no op on the text is none without limits either.
	if err := text(t, "😀").ApplyLarge(Splice(2, 1, 0, "x")); !errors.Is(err, ErrSplit) {
		t.Errorf("half a pair: %v", err)
	}
	if _, _, err := TransformLarge(mine, Splice(3, 0, 0, "x")); !errors.Is(err, ErrBase) {
		t.Errorf("another length: %v", err)
	}
}
