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

	"tandem/server/journal"
	"tandem/server/room"
	"tandem/shared/session"
)

// What can be done with the stored sessions beside serving them. A data folder belongs to one process, so while a
// server has it, that server does it, asked through the socket in the folder.

// errBroken is that verify found something: it has said what.
var errBroken = errors.New("not everything is as it was stored")

// A vault is what the commands work on: the journal, here or in the process that serves it.
type vault interface {
	export(ctx context.Context, id string, out io.Writer) error
	backup(ctx context.Context, dir string) error
	verify(ctx context.Context, out io.Writer) error
	remove(ctx context.Context, id string) error
}

var commands = map[string]struct {
	args string // names of its arguments
	help string
	do   func(ctx context.Context, v vault, args []string, out io.Writer) error
}{
	"export": {"SESSION", "print a session's log, an event a line", func(ctx context.Context, v vault, args []string, out io.Writer) error {
		return v.export(ctx, args[0], out)
	}},
	"backup": {"DIR", "copy all sessions into an empty folder, while they are served", func(ctx context.Context, v vault, args []string, out io.Writer) error {
		dir, err := filepath.Abs(args[0]) // the process that serves may have another working folder
		if err == nil {
			err = v.backup(ctx, dir)
		}
		if err == nil {
			fmt.Fprintln(out, "copied to", dir)
		}
		return err
	}},
	"delete": {"SESSION", "delete a session for good, without its key: one that is damaged, too", func(ctx context.Context, v vault, args []string, out io.Writer) error {
		err := v.remove(ctx, args[0])
		if err == nil {
			fmt.Fprintln(out, "deleted")
		}
		return err
	}},
	"verify": {"", "fold every session and report what is not as it was stored", func(ctx context.Context, v vault, _ []string, out io.Writer) error {
		return v.verify(ctx, out)
	}},
}

// command carries out one of commands.
func command(ctx context.Context, s settings, stdout io.Writer, log *slog.Logger) error {
	v, closed, err := s.vault(ctx, log)
	if err != nil {
		return err
	}
	defer closed()
	out := bufio.NewWriter(stdout)
	err = commands[s.command].do(ctx, v, s.args, out)
	return errors.Join(err, out.Flush())
}

// vault gives the sessions: those of a cluster, of the process that serves the data folder, or of the folder itself.
func (s *settings) vault(ctx context.Context, log *slog.Logger) (vault, func(), error) {
	s.retain = 0 // whoever looks deletes nothing
	if s.nats == "" {
		if s.data == "" {
			return nil, nil, errors.New("sessions in memory are nobody's but their server's: -data names a folder")
		}
		if _, err := os.Stat(s.data); err != nil {
			return nil, nil, fmt.Errorf("no sessions are kept there: %w", err)
		}
		if v := dialAdmin(ctx, s.data); v != nil {
			return v, v.close, nil
		}
	}
	j, err := s.journal(log)
	if err != nil {
		return nil, nil, err
	}
	return local{j}, func() { j.Close() }, nil
}

// local is the vault of the process that has the journal.
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

func (l local) backup(ctx context.Context, dir string) error {
	j, ok := l.store.(*journal.Store)
	if !ok {
		return errors.New("sessions in memory can't be copied")
	}
	return j.Backup(ctx, dir)
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
	for _, name := range []string{"export", "delete", "backup", "verify"} {
		fmt.Fprintf(f.Output(), "       tandem %-26s %s\n", name+" [flags] "+commands[name].args, commands[name].help)
	}
	fmt.Fprint(f.Output(), "\nThe commands need no more than -data or -nats, as the server has it.\n"+
		"Each flag can be set by an environment variable too: -rate-joins by TANDEM_RATE_JOINS.\n\n")
	f.PrintDefaults()
}
