// node snapshot.mjs <pyodide folder> <library.zip> <file>: starts Python, imports what programs often import,
// and python-boot.py as a module, and writes its memory, squeezed, to the file. Needs Node 26 or later (stack switching is baked in).
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { install } from './python-boot.js';
import { squeeze } from './python-memory.js';

const [folder, library, file] = process.argv.slice(2);
if (!WebAssembly.Suspending) throw new Error('this engine has no stack switching');

const { info } = JSON.parse(readFileSync(`${folder}/pyodide-lock.json`, 'utf8'));
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const pyodide = await loadPyodide({
  indexURL: folder,
  stdLibURL: library,
  lockFileContents: JSON.stringify({ info, packages: {} }),
  packageBaseUrl: 'https://runtime.invalid/',
  _makeSnapshot: true,
});
pyodide.runPython(`
import abc, argparse, array, ast, asyncio, base64, bisect, calendar, cmath, codecs, collections, contextlib, copy, csv
import dataclasses, datetime, decimal, difflib, enum, fractions, functools, graphlib, hashlib, heapq, inspect, io
import itertools, json, linecache, math, numbers, operator, os, pathlib, pprint, queue, random, re, secrets
import statistics, string, struct, sys, tempfile, textwrap, threading, time, timeit, traceback, types, typing
import unittest, uuid, weakref, zlib
import pyodide.code, pyodide.ffi, pyodide.webloop
`);
install(pyodide, readFileSync(new URL('python-boot.py', import.meta.url), 'utf8'));
writeFileSync(file, squeeze(pyodide.makeMemorySnapshot()));
process.exit(0);
