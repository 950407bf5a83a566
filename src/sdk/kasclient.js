// Served as it is at /sdk/kasclient.js: a classic script for pages that were written for Kaizala's KASClient. It gives
// the two calls that need a service their real names, on top of sluice.js beside it.
//
//   <script src="https://gateway.example.com/sdk/kasclient.js"></script>
//   <script>
//     KASClient.configure({ baseUrl: 'https://gateway.example.com', actionPackageId: 'act_…', getSession })
//     KASClient.App.getIntegerationServiceTokenAsync((token, error) => …)
//     KASClient.App.performHTTPRequest(listenerUrl, JSON.stringify({ method: 'GET' }), (response, error) => …)
//   </script>
;(() => {
  /** A listener's URL ends with its id; a bare id is taken too. */
  const LISTENER = /(?:^|\/)(lsn_[0-9A-Za-z]+)\/?$/
  const sdk = import(new URL('sluice.js', document.currentScript.src).href)
  let connect = () => Promise.reject(new Error('Call KASClient.configure first.'))

  /** @param {{ baseUrl: string, actionPackageId: string, getSession: () => string | Promise<string> }} options */
  function configure(options) {
    const client = sdk.then(({ createSluice }) => createSluice(options))
    // The call that uses it reports the failure.
    client.catch(() => {})
    connect = () => client
  }

  /** @param {(token: string | null, error: string | null) => void} callback */
  async function getIntegerationServiceTokenAsync(callback) {
    let token
    try {
      token = await (await connect()).getIntegrationServiceToken()
    } catch (error) {
      return callback(null, messageOf(error))
    }
    callback(token, null)
  }

  /**
   * Calls a listener of the action.
   * @param {string} url the listener's URL, or its id
   * @param {string} parametersJSON `{ method?, requestBody?, requestHeaders?, queryParameters?, requestResourcePath? }`
   * @param {(responseJSON: string, error: string | null) => void} callback
   * gets `{ HttpResponseCode, HttpResponseHeader, HttpResponseBody }`, or `{ HttpErrorCode, HttpErrorMessage }` with an
   * error. The code of an error is its HTTP status; 0 if there was no answer.
   */
  async function performHTTPRequest(url, parametersJSON, callback) {
    let response
    try {
      response = await call(url, parametersJSON)
    } catch (error) {
      const message = messageOf(error)
      return callback(JSON.stringify({ HttpErrorCode: error?.status ?? 0, HttpErrorMessage: message }), message)
    }
    callback(JSON.stringify(response), null)
  }

  async function call(url, parametersJSON) {
    const client = await connect()
    const { method, requestBody, requestHeaders, queryParameters, requestResourcePath } = JSON.parse(
      parametersJSON || '{}'
    )
    const path = requestResourcePath ? `${url.replace(/\/$/, '')}/${requestResourcePath.replace(/^\//, '')}` : url
    const listenerId = LISTENER.exec(path.split('?', 1)[0])?.[1]
    if (!listenerId) throw new Error(`${path} is not the URL of a listener.`)
    const { status, headers, body } = await client.performHttpRequest(listenerId, {
      ...(method ? { method } : {}),
      ...(requestBody === undefined || requestBody === null ? {} : { body: requestBody }),
      query: { ...Object.fromEntries(new URLSearchParams(url.split('?')[1] ?? '')), ...objectOf(queryParameters) },
      headers: { ...jsonType(requestBody), ...objectOf(requestHeaders) }
    })
    return {
      HttpResponseCode: status,
      HttpResponseHeader: Object.fromEntries(headers),
      HttpResponseBody: await textOf(body)
    }
  }

  /** Pages send these as objects, or as JSON. */
  function objectOf(given) {
    return typeof given === 'string' ? JSON.parse(given || '{}') : (given ?? {})
  }

  /** Pages of Kaizala send JSON as text and name no type. */
  function jsonType(body) {
    if (typeof body !== 'string') return {}
    try {
      JSON.parse(body)
      return { 'content-type': 'application/json' }
    } catch {
      return {}
    }
  }

  async function textOf(body) {
    if (body === undefined) return ''
    if (body instanceof Blob) return body.text()
    return typeof body === 'string' ? body : JSON.stringify(body)
  }

  function messageOf(error) {
    return error instanceof Error ? error.message : String(error)
  }

  globalThis.KASClient = {
    configure,
    performHTTPRequest,
    App: { getIntegerationServiceTokenAsync, performHTTPRequest }
  }
})()
