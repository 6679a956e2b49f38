// What an action of the reader could not do. It stays until it is closed: the
// only trace of a failure must not vanish by itself.
class Trouble {
  text = $state('');
  detail = $state('');
  clear() {
    this.text = '';
    this.detail = '';
  }
}
export const trouble = new Trouble();
