import { Visitor } from '@swc/core/Visitor.js'

// Who may import whom. `npm run check` asks it of the tree, and test/architecture.test.ts plants a bad import for each rule.

/** Folders of src that stand on `lib` alone. */
const BASE = 'db|expressions|egress|jws'
/** Above the rooms of the domain, from low to high: each may use those before it. */
const UPPER = 'runs|gateway'
/** What nobody below imports: the border and the wiring. */
const TOP = '(?:http|cli|demo)/|main\\.ts$|assemble\\.ts$'

export default {
  forbidden: [
    rule(
      'no-circle',
      'files that need each other when they run are one idea, or lack a third',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }
    ),
    rule('everything-resolves', 'an import that leads nowhere', {}, { couldNotResolve: true }),
    rule(
      'lib-stands-alone',
      'lib knows no product words',
      { path: '^src/lib/' },
      { path: '^src/', pathNot: '^src/lib/' }
    ),
    rule(
      'base-on-lib',
      `${BASE} use lib and themselves`,
      { path: `^src/(${BASE})/` },
      { path: '^src/', pathNot: ['^src/lib/', '^src/$1/'] }
    ),
    rule(
      'flows-are-pure',
      'flows know no server, database or queue',
      { path: '^src/flows/' },
      { path: '^src/', pathNot: '^src/(flows|lib|expressions)/' }
    ),
    rule(
      'flows-use-no-driver',
      'flows know no server, database or queue',
      { path: '^src/(flows|expressions)/' },
      { path: 'node_modules/(pg|pg-boss|undici|fastify|@fastify|@prisma)/' }
    ),
    rule(
      'domain-below-runs',
      'the rooms of the domain do not know who uses them',
      { path: '^src/[^/]+/', pathNot: `^src/(${UPPER}|http|cli|demo|console|sdk)/` },
      { path: `^src/(?:(?:${UPPER})/|${TOP})` }
    ),
    rule(
      'runs-below-gateway',
      'runs do not know how they were called',
      { path: '^src/runs/' },
      { path: `^src/(?:gateway/|${TOP})` }
    ),
    rule(
      'gateway-below-http',
      'a call is a value in the gateway',
      { path: '^src/gateway/' },
      { path: `^src/(?:${TOP})` }
    ),
    rule(
      'http-without-cli',
      'two borders, neither of which knows the other',
      { path: '^src/http/' },
      { path: '^src/(?:(?:cli|demo)/|main\\.ts$|assemble\\.ts$)' }
    ),
    rule(
      'cli-without-http',
      'two borders, neither of which knows the other',
      { path: '^src/cli/' },
      { path: '^src/(?:(?:http|demo)/|main\\.ts$|assemble\\.ts$)' }
    ),
    rule(
      'browser-code-apart',
      'the console and the SDK talk to the server over HTTP only',
      { path: '^src/(console|sdk)/' },
      { path: '^src/', pathNot: '^src/$1/' }
    ),
    rule(
      'server-without-browser-code',
      'the console and the SDK talk to the server over HTTP only',
      { path: '^src/', pathNot: '^src/(console|sdk)/' },
      { path: '^src/(console|sdk)/' }
    ),
    rule(
      'fastify-at-the-border',
      'only http and the wiring know the server; busboy is a parser like any other',
      { path: '^src/', pathNot: '^src/(?:http/|main\\.ts$|assemble\\.ts$)' },
      { path: 'node_modules/(fastify|@fastify/(?!busboy/))' }
    ),
    rule(
      'prisma-in-db',
      'whoever needs the database asks src/db',
      { path: '^(src|test|scripts)/', pathNot: '^src/db/' },
      { path: '^src/db/generated/|node_modules/@prisma/' }
    ),
    rule(
      'config-at-the-top',
      'rooms get what they need as arguments',
      { path: '^src/[^/]+/', pathNot: '^src/cli/' },
      { path: '^src/config\\.ts$' }
    ),
    rule('src-without-tests', 'what runs does not need what tests it', { path: '^src/' }, { path: '^(test|scripts)/' })
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^src/db/generated/'] },
    exclude: { path: '^(dist|\\.tap)/' },
    // TypeScript 7 has no parser that it could use. Type imports count too.
    parser: 'swc',
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] }
  }
}

function rule(name, comment, from, to) {
  return { name, severity: 'error', comment, from, to }
}

// swc reads `using x = …` and its own visitor, which dependency-cruiser uses, does not know it: to it, it is a declaration like any other.
const { visitStatement } = Visitor.prototype
Visitor.prototype.visitStatement = function (statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement)
  statement.decls = this.visitVariableDeclarators(statement.decls)
  return statement
}
