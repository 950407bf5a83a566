#!/usr/bin/env node
import { homedir } from 'node:os'
import { bareEnvironment, processEnvironment } from '../config.ts'
import { runCli } from './run.ts'

// Without .env: a folder that is scanned may have one, and must not say where passwords go.
process.exitCode = await runCli(process.argv.slice(2), {
  env: bareEnvironment(),
  gatewayEnv: () => processEnvironment(process.cwd()),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  home: homedir()
})
