#!/usr/bin/env node
import { homedir } from 'node:os'
import { bareEnvironment, processEnvironment } from '../config.ts'
import { runCli } from './run.ts'

// Without .env: the current folder may be one that is scanned, and must not decide where passwords are sent.
process.exitCode = await runCli(process.argv.slice(2), {
  env: bareEnvironment(),
  gatewayEnv: () => processEnvironment(process.cwd()),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  home: homedir()
})
