// Gets a JSON document, and tries again when the server is busy.
export async function fetchJson(url, { attempts = 3, delay = 500 } = {}) {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(url, { headers: { accept: 'application/json' } });
    if (response.ok) return response.json();
    if (response.status !== 503 || attempt === attempts) throw new Error(`${url}: ${response.status}`);
    await new Promise(resolve => setTimeout(resolve, delay * 2 ** attempt));
  }
}

export function buildQuery(parameters) {
  return Object.entries(parameters)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
}
