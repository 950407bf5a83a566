// Runs before the first paint: a stored choice of light or dark must not flash the other one.
try {
  const scheme = localStorage.getItem('sluice.theme')
  if (scheme === 'light' || scheme === 'dark') document.documentElement.dataset.scheme = scheme
} catch {}
