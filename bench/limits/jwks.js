/** The least that the key set can cost: bytes that were made beforehand. */
function jwksRoutes({ tokens }) {
  const answer = {
    status: 200,
    headers: { 'cache-control': 'public, max-age=300', etag: '"one"' },
    text: tokens.keySet,
  };
  return { 'GET /.well-known/jwks.json': () => answer };
}

module.exports = { jwksRoutes };
