import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The address of the gateway during development of the console. */
const GATEWAY = 'http://127.0.0.1:2020'

export default defineConfig({
  root: here('.'),
  base: '/console/',
  plugins: [react(), tailwindcss(), stampedPublicFiles(), compressedFiles()],
  server: { port: 5173, strictPort: true, proxy: { '/v1': GATEWAY, '/docs': GATEWAY, '/openapi.json': GATEWAY } },
  build: {
    outDir: here('../../dist/console'),
    emptyOutDir: true,
    // Each of these supports light-dark(), which the colors use.
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // The Content-Security-Policy does not allow data: URIs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: true,
    chunkSizeWarningLimit: 700
  }
})

/** Browsers cache files with fixed names for a year too, so a hash of their content is added as a query. */
function stampedPublicFiles(): Plugin {
  return {
    name: 'stamped-public-files',
    transformIndexHtml: {
      order: 'post',
      handler: (html) =>
        html.replaceAll(
          /(["'])([^"']*\/)(assets\/(?:theme\.js|icon\.svg))\1/g,
          (_, quote: string, base: string, file: string) => {
            const stamp = createHash('sha256')
              .update(readFileSync(here(`public/${file}`)))
              .digest('hex')
              .slice(0, 8)
            return `${quote}${base}${file}?v=${stamp}${quote}`
          }
        )
    }
  }
}

/** Writes compressed forms beside each file, because the gateway does not compress files when it answers. */
function compressedFiles(): Plugin {
  const folder = here('../../dist/console/assets/')
  const brotli = promisify(brotliCompress)
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }
  return {
    name: 'compressed-files',
    apply: 'build',
    async closeBundle() {
      const files = (await readdir(folder)).filter((file) => /\.(js|css|svg)$/.test(file))
      await Promise.all(
        files.map(async (file) => {
          const content = await readFile(folder + file)
          await writeFile(`${folder}${file}.br`, await brotli(content, quality))
          await writeFile(`${folder}${file}.gz`, await promisify(gzip)(content, { level: 9 }))
        })
      )
    }
  }
}
