// Sets the scheme before the first frame, so that a dark console never flashes white.
;(() => {
  let chosen = 'system'
  try {
    chosen = JSON.parse(localStorage.getItem('holdfast.theme') ?? '"system"')
  } catch {}
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
})()
