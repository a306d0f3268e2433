package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tandem/server/journal"
	"tandem/server/room"
	"tandem/shared/session"
)

// What can be done with the stored sessions beside serving them. A data folder belongs to one process, so while a
// server has it, that server does it, asked through the socket in the folder.

// errBroken is that verify or backup found something: it has said what.
var errBroken = errors.New("not everything is as it was stored")

// A command is done by the process that has the journal; what it prints goes to whoever asked.
type command struct {
	name, args, help string
	path             bool // its argument names a folder, from where it was typed
	do               func(ctx context.Context, l local, args []string, out io.Writer) error
}

// commands is all of them.
var commands = []command{
	{name: "export", args: "SESSION", help: "print a session's log, an event a line", do: func(ctx context.Context, l local, args []string, out io.Writer) error {
		return l.export(ctx, args[0], out)
	}},
	{name: "delete", args: "SESSION", help: "delete a session for good, without its key: one that is damaged, too", do: func(ctx context.Context, l local, args []string, out io.Writer) error {
		err := l.remove(ctx, args[0])
		if err == nil {
			fmt.Fprintln(out, "deleted")
		}
		return err
	}},
	{name: "backup", args: "DIR", help: "copy all sessions into an empty folder, while they are served", path: true, do: func(ctx context.Context, l local, args []string, out io.Writer) error {
		return l.backup(ctx, args[0], out)
	}},
	{name: "verify", help: "fold every session and report what is not as it was stored", do: func(ctx context.Context, l local, _ []string, out io.Writer) error {
		return l.verify(ctx, out)
	}},
}

// lookup gives the command of a name, nil where there is none.
func lookup(name string) *command {
	i := slices.IndexFunc(commands, func(c command) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return &commands[i]
}

// check says what is wrong with the arguments' number.
func (c *command) check(args []string) error {
	if len(args) != len(strings.Fields(c.args)) {
		return fmt.Errorf("it is tandem %s [flags] %s", c.name, c.args)
	}
	return nil
}

// order carries out the command of the settings, on the sessions of a cluster, of the process that serves the data
// folder, or of the folder itself.
func (s *settings) order(ctx context.Context, stdout io.Writer, log *slog.Logger) (err error) {
	s.retain = 0 // whoever looks deletes nothing
	args := slices.Clone(s.args)
	for i := range args {
		if s.command.path { // the process that serves may have another working folder
			if args[i], err = filepath.Abs(args[i]); err != nil {
				return err
			}
		}
	}
	out := bufio.NewWriter(stdout)
	if s.nats == "" {
		if s.data == "" {
			return errors.New("sessions in memory are nobody's but their server's: -data names a folder")
		}
		if _, err := os.Stat(s.data); err != nil {
			return fmt.Errorf("no sessions are kept there: %w", err)
		}
		if a := dialAdmin(ctx, s.data); a != nil {
			defer a.close()
			return errors.Join(a.ask(ctx, s.command.name, args, out), out.Flush())
		}
	}
	j, err := s.journal(log)
	if err != nil {
		return err
	}
	defer j.Close()
	return errors.Join(s.command.do(ctx, local{j}, args, out), out.Flush())
}

// local is the journal as the process that has it knows it.
type local struct{ store store }

func (l local) export(ctx context.Context, id string, out io.Writer) error {
	err := room.Log(ctx, l.store, id, session.Interviewer, func(event []byte) error {
		_, err := out.Write(append(event, '\n'))
		return err
	})
	if err != nil {
		return fmt.Errorf("export %q: %w", id, err)
	}
	return nil
}

func (l local) backup(ctx context.Context, dir string, out io.Writer) error {
	j, ok := l.store.(*journal.Store)
	if !ok {
		return errors.New("sessions in memory can't be copied")
	}
	lacking, err := j.Backup(ctx, dir)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "copied to", dir)
	for _, id := range lacking {
		fmt.Fprintf(out, "%s: what can't be read of it is not in the copy\n", id)
	}
	if len(lacking) > 0 {
		return errBroken
	}
	return nil
}

func (l local) remove(ctx context.Context, id string) error {
	j, ok := l.store.(*journal.Store)
	if !ok {
		return errors.New("sessions in memory are deleted by their interviewers alone")
	}
	last, err := j.Last(ctx, id)
	if last == 0 && (err == nil || errors.Is(err, journal.ErrName)) {
		return fmt.Errorf("delete %q: %w", id, room.ErrNoSession)
	}
	return j.Delete(ctx, id) // who is in it is told
}

func (l local) verify(ctx context.Context, out io.Writer) error {
	j, ok := l.store.(interface {
		Sessions(ctx context.Context) ([]string, error)
	})
	if !ok {
		return errors.New("this journal can't list its sessions")
	}
	ids, err := j.Sessions(ctx)
	if err != nil {
		return err
	}
	sessions, events, broken := 0, int64(0), 0
	for _, id := range ids {
		n, err := room.Check(ctx, l.store, id)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, journal.ErrUnavailable) { // which says nothing of the session
			return fmt.Errorf("verify %s: %w", id, err)
		}
		if last, lastErr := l.store.Last(ctx, id); lastErr == nil && last == 0 {
			continue // deleted meanwhile
		}
		sessions++
		events += n
		if err != nil {
			broken++
			fmt.Fprintf(out, "%s: %v\n", id, err)
		}
	}
	fmt.Fprintf(out, "%d sessions, %d events, %d not as they were stored\n", sessions, events, broken)
	if broken > 0 {
		return errBroken
	}
	return nil
}

// usage explains the program.
func usage(f *flag.FlagSet) {
	fmt.Fprint(f.Output(), "Tandem: live coding interviews, side by side.\n\nUsage: tandem [flags]\n")
	for _, c := range commands {
		fmt.Fprintf(f.Output(), "       tandem %-26s %s\n", c.name+" [flags] "+c.args, c.help)
	}
	fmt.Fprint(f.Output(), "\nThe commands need no more than -data or -nats, as the server has it.\n"+
		"Each flag can be set by an environment variable too: -rate-joins by TANDEM_RATE_JOINS.\n\n")
	f.PrintDefaults()
}
