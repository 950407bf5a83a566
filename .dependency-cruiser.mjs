import { Visitor } from '@swc/core/Visitor.js'

// Who may import whom. `npm run check` applies these rules to the tree; test/architecture.test.ts plants a violation of
// each.

/**
 * Rooms of the domain. They know what is below them (`lib`, `platform`, `dsl`) and each other, but not who uses them.
 */
const DOMAIN =
  '(?:accounts|workspaces|tokens|customers|actions|listeners|flows|secrets|events|mails)/|audit\\.ts$|data-folder\\.ts$'
/** The borders and the wiring, which no room below may import. */
const BORDERS = '(?:http|cli|demo)/'
const WIRING = 'assemble/|main\\.ts$'
const TOP = `${BORDERS}|${WIRING}`
/** Code that runs in a browser or in another program, and talks to the server over HTTP. */
const CLIENTS = 'console|client|sdk'

export default {
  forbidden: [
    rule(
      'no-circle',
      'files that import each other, types included, are one idea or lack a third file',
      {},
      { circular: true }
    ),
    rule('everything-resolves', 'every import leads to a file or a package', {}, { couldNotResolve: true }),
    rule(
      'lib-stands-alone',
      'lib holds what every room may use, and imports no room',
      { path: '^src/lib/' },
      { path: '^src/', pathNot: '^src/lib/' }
    ),
    rule(
      'platform-knows-no-product',
      'platform serves any product: a room of it imports lib, platform/log and itself',
      { path: '^src/platform/([^/]+)/' },
      { path: '^src/', pathNot: ['^src/lib/', '^src/platform/log/', '^src/platform/$1/'] }
    ),
    rule(
      'dsl-is-pure',
      'the language knows no server, database or queue',
      { path: '^src/dsl/' },
      { path: '^src/', pathNot: '^src/(dsl|lib)/' }
    ),
    rule(
      'dsl-uses-no-driver',
      'the language knows no server, database or queue',
      { path: '^src/dsl/' },
      { path: 'node_modules/(pg|pg-boss|undici|fastify|@fastify|@prisma)/' }
    ),
    rule(
      'dsl-behind-its-index',
      'rooms above the language use what its index exports, or its expressions',
      { path: '^src/', pathNot: '^src/dsl/' },
      { path: '^src/dsl/', pathNot: '^src/dsl/(?:index|expressions/expressions)\\.ts$' }
    ),
    rule(
      'expressions-stand-alone',
      'expressions are evaluated without knowing of tasks; their threads also read documents and check schemas',
      { path: '^src/dsl/expressions/' },
      { path: '^src/', pathNot: '^src/(?:lib/|dsl/(?:expressions|json-schema)/|dsl/parse\\.ts$)' }
    ),
    rule(
      'json-schema-stands-alone',
      'a JSON Schema is checked without knowing of flows',
      { path: '^src/dsl/json-schema/' },
      { path: '^src/', pathNot: '^src/(?:lib|dsl/json-schema)/' }
    ),
    rule(
      'dsl-run-below-tasks',
      'what every task needs to run does not know the tasks',
      { path: '^src/dsl/run/' },
      { path: '^src/dsl/(?:tasks/|http/|compile-flow\\.ts$)' }
    ),
    rule(
      'dsl-compile-below-tasks',
      'the compiler gets the bodies of tasks handed in',
      { path: '^src/dsl/compile/' },
      { path: '^src/dsl/tasks/' }
    ),
    rule(
      'domain-below-runs',
      'the rooms of the domain do not know who uses them',
      { path: `^src/(?:${DOMAIN})` },
      { path: `^src/(?:(?:runs|auth|gateway|requests)/|${TOP})` }
    ),
    rule(
      'runs-below-callers',
      'runs do not know how they were called',
      { path: '^src/runs/' },
      { path: `^src/(?:(?:auth|gateway|requests)/|${TOP})` }
    ),
    rule(
      'runs-behind-its-port',
      'the durable engine can be exchanged: only the wiring and runs itself reach it',
      { path: '^src/', pathNot: '^src/(?:runs|assemble)/' },
      { path: '^src/runs/(?:durable|restate)/' }
    ),
    rule(
      'auth-below-gateway',
      'auth decides who calls, for every border',
      { path: '^src/auth/' },
      {
        path: `^src/(?:(?:gateway|requests)/|${TOP})`
      }
    ),
    rule(
      'gateway-below-http',
      'a call is a value in the gateway and in the records of requests',
      { path: '^src/(?:gateway|requests)/' },
      { path: `^src/(?:${TOP})` }
    ),
    rule(
      'borders-apart',
      'the borders do not know each other or the wiring',
      { path: '^src/(http|cli|demo)/' },
      { path: `^src/(?:${TOP})`, pathNot: '^src/$1/' }
    ),
    rule(
      'clients-apart',
      'the console, the client and the SDK talk to the server over HTTP only',
      { path: `^src/(${CLIENTS})/` },
      { path: '^src/', pathNot: '^src/(?:$1|client)/' }
    ),
    rule(
      'server-without-clients',
      'the server does not need the code of its clients',
      { path: '^src/', pathNot: `^src/(?:${CLIENTS}|cli)/` },
      { path: `^src/(?:${CLIENTS})/` }
    ),
    rule(
      'fastify-at-the-border',
      'only http and the wiring know the server; busboy is a parser like any other',
      { path: '^src/', pathNot: `^src/(?:http/|${WIRING})` },
      { path: 'node_modules/(fastify|@fastify/(?!busboy/))' }
    ),
    rule(
      'ip-addresses-in-one-place',
      'lib/ip-address alone reads addresses, so that every list of addresses has the same syntax',
      { path: '^(src|test|scripts)/', pathNot: '^src/lib/ip-address\\.ts$' },
      { path: 'node_modules/ipaddr\\.js/' }
    ),
    rule(
      'prisma-in-platform-db',
      'whoever needs the database asks platform/db',
      { path: '^(src|test|scripts)/', pathNot: '^src/platform/db/' },
      { path: '^src/platform/db/generated/|node_modules/@prisma/' }
    ),
    rule(
      'config-at-the-top',
      'rooms get what they need as arguments',
      { path: '^src/[^/]+/', pathNot: '^src/(?:cli|assemble|config)/' },
      { path: '^src/config(?:\\.ts$|/)' }
    ),
    rule('src-without-tests', 'what runs does not need what tests it', { path: '^src/' }, { path: '^(test|scripts)/' })
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^src/platform/db/generated/'] },
    // The peers' packages are installed beside them when they are measured.
    exclude: { path: '^(dist|\\.tap|scripts/bench/peers)/' },
    // TypeScript 7 has no parser that it could use. Type imports count too.
    parser: 'swc',
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] }
  }
}

function rule(name, comment, from, to) {
  return { name, severity: 'error', comment, from, to }
}

// swc reads `using x = …`, and its own visitor, which dependency-cruiser uses, does not know that statement:
// here it is a declaration like any other.
const { visitStatement } = Visitor.prototype
Visitor.prototype.visitStatement = function (statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement)
  statement.decls = this.visitVariableDeclarators(statement.decls)
  return statement
}
